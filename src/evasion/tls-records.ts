import { putU16, u8, u16 } from '../base/bytes.ts';
import { concat } from './packet.ts';

/** A handshake record in two (RFC 8446 §5.1), of which the first holds the bytes up to `at`; others stay as they are. */
export function splitRecord(said: Uint8Array, at: number): Uint8Array {
  const isHandshake = said.length > HEADER && u8(said, 0) === HANDSHAKE;
  const end = HEADER + (isHandshake ? u16(said, 3) : 0);
  if (!isHandshake || end > said.length || at <= HEADER || at >= end) return said;
  const record = (from: number, to: number): Uint8Array => {
    const header = said.slice(0, HEADER);
    putU16(header, 3, to - from);
    return concat(header, said.subarray(from, to));
  };
  return concat(record(HEADER, at), record(at, end), said.subarray(end));
}

const HEADER = 5;
const HANDSHAKE = 22;
