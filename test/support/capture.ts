import { CaptureReader } from '../../src/dataplane/capture/capture-reader.ts';
import { concat } from './packets.ts';

export type Order = 'little' | 'big';

/** One packet of a file to be made; times in the file's own units. */
export interface Captured {
  readonly bytes: Uint8Array;
  readonly originalLength?: number;
  readonly interfaceIndex?: number;
  readonly ticks?: bigint;
  readonly options?: readonly Uint8Array[];
}

export interface PcapShape {
  readonly order?: Order;
  readonly linkType?: number;
  readonly hasNanoseconds?: boolean;
  readonly version?: readonly [number, number];
}

/** A pcap file; `ticks` count µs or ns since 1970. */
export function pcapFile(shape: PcapShape, packets: readonly Captured[]): Uint8Array {
  const { order = 'little', linkType = 1, hasNanoseconds = false, version = [2, 4] } = shape;
  const magic = hasNanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const perSecond = hasNanoseconds ? 1_000_000_000n : 1_000_000n;
  const header = [u32(magic, order), u16(version[0], order), u16(version[1], order)];
  const rest = [0, 0, 262_144, linkType].map((value) => u32(value, order));
  const records = packets.map(({ bytes, originalLength = bytes.length, ticks = 0n }) => {
    const time = [Number(ticks / perSecond), Number(ticks % perSecond)];
    return concat(...[...time, bytes.length, originalLength].map((n) => u32(n, order)), bytes);
  });
  return concat(...header, ...rest, ...records);
}

/** A block with its lengths right. */
export function block(type: number, body: Uint8Array, order: Order = 'little'): Uint8Array {
  const length = u32(12 + body.length + padding(body).length, order);
  return concat(u32(type, order), length, body, padding(body), length);
}

export function sectionHeader(order: Order = 'little', version: readonly number[] = [1, 0]) {
  const versions = version.map((number) => u16(number, order));
  const length = new Uint8Array(8).fill(0xff);
  return block(0x0a0d0d0a, concat(u32(0x1a2b3c4d, order), ...versions, length), order);
}

/** The section header of a capture that a middlebox wrote under this profile. */
export function middleboxHeader(profile: string): Uint8Array {
  const versionAndLength = concat(u16(1), u16(0), new Uint8Array(8).fill(0xff));
  const application = option(4, Uint8Array.from(Buffer.from('chokepoint middlebox')));
  return block(
    0x0a0d0d0a,
    concat(u32(0x1a2b3c4d), versionAndLength, comment(profile), application),
  );
}

export interface InterfaceShape {
  readonly linkType?: number;
  readonly snapLength?: number;
  readonly options?: readonly Uint8Array[];
}

export function interfaceBlock(shape: InterfaceShape = {}, order: Order = 'little'): Uint8Array {
  const { linkType = 1, snapLength = 0, options = [] } = shape;
  return block(
    1,
    concat(u16(linkType, order), u16(0, order), u32(snapLength, order), ...options),
    order,
  );
}

export function enhancedPacket(packet: Captured, order: Order = 'little'): Uint8Array {
  return block(
    6,
    concat(u32(packet.interfaceIndex ?? 0, order), ...timeAndBytes(packet, order)),
    order,
  );
}

/** The packet block that the enhanced one took the place of; 7 packets were dropped before it. */
export function obsoletePacket(packet: Captured, order: Order = 'little'): Uint8Array {
  const ids = [packet.interfaceIndex ?? 0, 7].map((value) => u16(value, order));
  return block(2, concat(...ids, ...timeAndBytes(packet, order)), order);
}

export function simplePacket(packet: Captured, order: Order = 'little'): Uint8Array {
  const { bytes, originalLength = bytes.length } = packet;
  return block(3, concat(u32(originalLength, order), bytes), order);
}

export function option(code: number, value: Uint8Array, order: Order = 'little'): Uint8Array {
  return concat(u16(code, order), u16(value.length, order), value, padding(value));
}

export function comment(text: string, order: Order = 'little'): Uint8Array {
  return option(1, Uint8Array.from(Buffer.from(text)), order);
}

export function u64(value: bigint, order: Order = 'little'): Uint8Array {
  const bytes = Buffer.alloc(8);
  if (order === 'little') bytes.writeBigInt64LE(value);
  else bytes.writeBigInt64BE(value);
  return Uint8Array.from(bytes);
}

export function u32(value: number, order: Order = 'little'): Uint8Array {
  const bytes = [value >>> 24, value >>> 16, value >>> 8, value];
  return Uint8Array.from(order === 'big' ? bytes : bytes.reverse());
}

function u16(value: number, order: Order = 'little'): Uint8Array {
  const bytes = [value >>> 8, value];
  return Uint8Array.from(order === 'big' ? bytes : bytes.reverse());
}

/** A packet as a reader showed it, kept. */
export interface Seen {
  readonly bytes: readonly number[];
  readonly originalLength: number;
  readonly timeMs: number;
  readonly linkType: number;
  readonly interfaceIndex: number;
  readonly index: number;
  readonly offset: number;
  readonly options: readonly number[];
}

/** Every packet of the file, and where it is cut. */
export function readCapture(path: string) {
  const reader = new CaptureReader(path);
  const packets: Seen[] = [];
  try {
    while (reader.next()) packets.push(seen(reader));
  } finally {
    reader.close();
  }
  return { packets, truncation: reader.truncation };
}

function seen({ packet }: CaptureReader): Seen {
  const { bytes, at, end, optionsAt, optionsEnd } = packet;
  const { originalLength, timeMs, linkType, interfaceIndex, index, offset } = packet;
  return {
    bytes: [...bytes.subarray(at, end)],
    options: [...bytes.subarray(optionsAt, optionsEnd)],
    ...{ originalLength, timeMs, linkType, interfaceIndex, index, offset },
  };
}

function timeAndBytes(packet: Captured, order: Order): Uint8Array[] {
  const { bytes, originalLength = bytes.length, ticks = 0n, options = [] } = packet;
  const time = [Number(ticks >> 32n), Number(ticks & 0xffff_ffffn)];
  const numbers = [...time, bytes.length, originalLength].map((value) => u32(value, order));
  return [...numbers, bytes, padding(bytes), ...options];
}

function padding(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(-bytes.length & 3);
}
