import { u8, u16 } from '../base/bytes.ts';

/** Internet checksum (RFC 1071) of a byte range, with a partial sum from elsewhere added in. */
export function checksum(bytes: Uint8Array, at: number, end: number, partial = 0): number {
  let sum = partial;
  let i = at;
  for (; i + 1 < end; i += 2) sum += u16(bytes, i);
  if (i < end) sum += u8(bytes, i) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Partial sum of the TCP pseudo-header (RFC 9293 §3.1; RFC 8200 §8.1): both addresses, protocol, length. */
export function pseudoHeaderSum(
  addresses: Uint8Array,
  range: { readonly at: number; readonly end: number },
  protocol: number,
  length: number,
): number {
  let sum = protocol + length;
  for (let i = range.at; i < range.end; i += 2) sum += u16(addresses, i);
  return sum;
}
