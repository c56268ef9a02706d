import { i32, u8, u16 } from '../../base/bytes.ts';

/**
 * One past the variable-length integer (RFC 9000 §16) at `at`; -1 if it does not end by `end`, or if `at` is -1, so that
 * one check is enough after several integers in a row.
 */
export function varintEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at < 0 || at >= end) return -1;
  const after = at + (1 << (u8(bytes, at) >>> 6));
  return after > end ? -1 : after;
}

/** The value of a variable-length integer that is all there; above 2^53 it is near enough to be compared with a bound. */
export function varint(bytes: Uint8Array, at: number): number {
  switch (u8(bytes, at) >>> 6) {
    case 0:
      return u8(bytes, at);
    case 1:
      return u16(bytes, at) & 0x3fff;
    case 2:
      return i32(bytes, at) & 0x3fff_ffff;
    default:
      return (i32(bytes, at) & 0x3fff_ffff) * 2 ** 32 + (i32(bytes, at + 4) >>> 0);
  }
}
