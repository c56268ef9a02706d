/** One byte; 0 beyond the end. The only place where an index is trusted. */
export function u8(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | 0;
}

export function u16(bytes: Uint8Array, at: number): number {
  return (u8(bytes, at) << 8) | u8(bytes, at + 1);
}

export function u24(bytes: Uint8Array, at: number): number {
  return (u8(bytes, at) << 16) | u16(bytes, at + 1);
}

/** Big-endian 32 bits as a signed integer, so that V8 keeps it small: compare with `| 0`, print with `>>> 0`. */
export function i32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) << 16) | u16(bytes, at + 2);
}

export function u16LE(bytes: Uint8Array, at: number): number {
  return u8(bytes, at) | (u8(bytes, at + 1) << 8);
}

/** Little-endian 32 bits, signed like `i32`. */
export function i32LE(bytes: Uint8Array, at: number): number {
  return u16LE(bytes, at) | (u16LE(bytes, at + 2) << 16);
}

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  putU16(bytes, at, value >>> 16);
  putU16(bytes, at + 2, value);
}

export function putU16LE(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

export function putU32LE(bytes: Uint8Array, at: number, value: number): void {
  putU16LE(bytes, at, value);
  putU16LE(bytes, at + 2, value >>> 16);
}

/** ASCII of a byte range; bytes that do not print become `.` so that a log line stays a line. */
export function printable(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  for (let i = at; i < end; i++) {
    const byte = u8(bytes, i);
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
  }
  return text;
}

/** A to Z become a to z; every other byte stays. */
export function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/**
 * Copies `source[at, end)` to `target` from `targetAt` on. Within one array this allocates nothing, which is why the
 * data path keeps all its frames in one.
 */
export function copyBytes(
  target: Uint8Array,
  targetAt: number,
  source: Uint8Array,
  at: number,
  end: number,
): void {
  if (target === source) target.copyWithin(targetAt, at, end);
  else target.set(source.subarray(at, end), targetAt);
}
