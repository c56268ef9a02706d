import { u8 } from '../../base/bytes.ts';

/**
 * The first protocol names of an ALPN extension's list (RFC 7301 §3.1), as far as they are whole; null if there is none. No name may be
 * empty there, and one that is says nothing. Bytes that do not print become `.`.
 */
export function alpnOf(bytes: Uint8Array, at: number, end: number): string[] | null {
  if (at < 0) return null;
  const names: string[] = [];
  for (let i = at; i < end && names.length < MOST_NAMES; ) {
    const nameEnd = i + 1 + u8(bytes, i);
    if (nameEnd > end) break;
    if (nameEnd > i + 1) names.push(nameIn(bytes.subarray(i + 1, nameEnd)));
    i = nameEnd;
  }
  return names;
}

/** Made at once: a text that grows by letters takes 32 bytes of memory for each. */
function nameIn(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.map((byte) => (byte >= 0x20 && byte < 0x7f ? byte : DOT)));
}

const DOT = 0x2e;
/** Clients offer two or three. */
const MOST_NAMES = 64;
