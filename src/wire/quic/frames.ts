import { u8 } from '../../base/bytes.ts';
import { varint, varintEnd } from './varint.ts';

/**
 * Where the frame after the one at `at` begins; -1 for a frame that no Initial may hold (RFC 9000 §12.4), one that is
 * cut short, or a CRYPTO frame, which is not to be skipped.
 */
export function skipFrame(bytes: Uint8Array, at: number, end: number): number {
  switch (u8(bytes, at)) {
    case PADDING:
    case PING:
      return at + 1;
    case ACK:
      return skipAckRanges(bytes, at + 1, end);
    case ACK_ECN:
      return skipVarints(bytes, skipAckRanges(bytes, at + 1, end), end, 3);
    case CONNECTION_CLOSE:
      return skipReason(bytes, skipVarints(bytes, at + 1, end, 2), end);
    default:
      return -1;
  }
}

/** RFC 9000 §19.3: largest, delay, count, first range, and then two integers for each further range. */
function skipAckRanges(bytes: Uint8Array, at: number, end: number): number {
  const countAt = skipVarints(bytes, at, end, 2);
  const rangesAt = skipVarints(bytes, countAt, end, 2);
  return rangesAt < 0 ? -1 : skipVarints(bytes, rangesAt, end, 2 * varint(bytes, countAt));
}

/** RFC 9000 §19.19: a length, and as many bytes. */
function skipReason(bytes: Uint8Array, at: number, end: number): number {
  const reasonAt = varintEnd(bytes, at, end);
  if (reasonAt < 0) return -1;
  const reasonEnd = reasonAt + varint(bytes, at);
  return reasonEnd > end ? -1 : reasonEnd;
}

function skipVarints(bytes: Uint8Array, at: number, end: number, count: number): number {
  let i = at;
  for (let skipped = 0; skipped < count && i >= 0; skipped++) i = varintEnd(bytes, i, end);
  return i;
}

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
export const CRYPTO = 0x06;
const CONNECTION_CLOSE = 0x1c;
