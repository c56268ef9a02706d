import { u8, u16, u24 } from '../../base/bytes.ts';
import { MESSAGE_HEADER } from './numbers.ts';

/** One past a vector whose length takes one byte (RFC 8446 §3.4), or -1 if it does not end by `limit`. */
export function vector8End(bytes: Uint8Array, at: number, limit: number): number {
  if (at + 1 > limit) return -1;
  const vectorEnd = at + 1 + u8(bytes, at);
  return vectorEnd > limit ? -1 : vectorEnd;
}

/** One past a vector whose length takes two bytes, or -1 if it does not end by `limit`. */
export function vector16End(bytes: Uint8Array, at: number, limit: number): number {
  if (at + 2 > limit) return -1;
  const vectorEnd = at + 2 + u16(bytes, at);
  return vectorEnd > limit ? -1 : vectorEnd;
}

/** One past the handshake message that begins at `at` (RFC 8446 §4), there or not; -1 while its length is not. */
export function handshakeEnd(bytes: Uint8Array, at: number, end: number): number {
  return at + MESSAGE_HEADER > end ? -1 : at + MESSAGE_HEADER + u24(bytes, at + 1);
}
