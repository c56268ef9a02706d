import { i32, i32LE, putU16, putU16LE, putU32, putU32LE, u16, u16LE } from '../../base/bytes.ts';

/** Capture files are in the order of the machine that wrote them. */
export type ByteOrder = 'little' | 'big';

export function getU16(bytes: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little' ? u16LE(bytes, at) : u16(bytes, at);
}

/** Signed, so that V8 keeps it small. */
export function getI32(bytes: Uint8Array, at: number, order: ByteOrder): number {
  return order === 'little' ? i32LE(bytes, at) : i32(bytes, at);
}

export function getU32(bytes: Uint8Array, at: number, order: ByteOrder): number {
  return getI32(bytes, at, order) >>> 0;
}

export function setU16(bytes: Uint8Array, at: number, value: number, order: ByteOrder): void {
  if (order === 'little') putU16LE(bytes, at, value);
  else putU16(bytes, at, value);
}

export function setU32(bytes: Uint8Array, at: number, value: number, order: ByteOrder): void {
  if (order === 'little') putU32LE(bytes, at, value);
  else putU32(bytes, at, value);
}
