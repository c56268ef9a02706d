import { printable, u8 } from '../../base/bytes.ts';

/** The protocol names of an ALPN extension's list (RFC 7301 §3.1), as far as they are whole; null if there is none. */
export function alpnOf(bytes: Uint8Array, at: number, end: number): string[] | null {
  if (at < 0) return null;
  const names: string[] = [];
  for (let i = at; i < end; ) {
    const nameEnd = i + 1 + u8(bytes, i);
    if (nameEnd > end) break;
    names.push(printable(bytes, i + 1, nameEnd));
    i = nameEnd;
  }
  return names;
}
