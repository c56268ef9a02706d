import { u8 } from '../../base/bytes.ts';

/** The end of the name without one trailing dot, the root label of a fully qualified name (RFC 1034 §3.1). */
export function withoutTrailingDot(bytes: Uint8Array, at: number, end: number): number {
  return end - at > 1 && u8(bytes, end - 1) === DOT ? end - 1 : end;
}

/** The end of the host without its `:port` (RFC 9110 §7.2). */
export function withoutPort(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && isDigit(u8(bytes, i - 1))) i--;
  return i > at && u8(bytes, i - 1) === COLON ? i - 1 : end;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

const DOT = 0x2e;
const COLON = 0x3a;
