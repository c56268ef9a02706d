import { u8 } from '../../base/bytes.ts';
import { asciiBytes, CR, findByte, LF } from './scan.ts';

/** Whether an HTTP/1 response may begin here: as many bytes of `HTTP/1.` as there are. */
export function startsLikeResponse(bytes: Uint8Array, at: number, end: number): boolean {
  const last = Math.min(end - at, START.length);
  for (let i = 0; i < last; i++) if (u8(bytes, at + i) !== u8(START, i)) return false;
  return last > 0;
}

/** One past the blank line that ends the head; -1 while it is not there. */
export function headEnd(bytes: Uint8Array, at: number, end: number): number {
  let lineAt = findByte(bytes, at, end, LF) + 1;
  while (lineAt > 0) {
    const textAt = lineAt < end && u8(bytes, lineAt) === CR ? lineAt + 1 : lineAt;
    if (textAt < end && u8(bytes, textAt) === LF) return textAt + 1;
    lineAt = findByte(bytes, lineAt, end, LF) + 1;
  }
  return -1;
}

const START = asciiBytes('HTTP/1.');
