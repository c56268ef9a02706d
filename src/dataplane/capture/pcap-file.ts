import { counted } from '../../base/counted.ts';
import { buildInterface, buildSectionHeader } from './blocks.ts';
import { type ByteOrder, getU16, getU32 } from './byte-order.ts';
import { type CaptureSource, MAX_PACKET_LENGTH } from './capture-source.ts';
import { invalidCapture } from './invalid.ts';
import type { PacketRecord } from './packet-record.ts';

/** The records of a pcap file (draft-ietf-opsawg-pcap), in either byte order, with µs or ns. */
export class PcapFile {
  /** Section and interface that stand for the file's header in a pcapng file. */
  readonly preamble: Uint8Array;
  readonly #source: CaptureSource;
  readonly #order: ByteOrder;
  readonly #linkType: number;
  readonly #ticksPerSecond: number;

  constructor(source: CaptureSource) {
    this.#source = source;
    if (!source.has(HEADER_LENGTH)) {
      const found = counted(source.end - source.at, 'byte');
      throw invalidCapture(source.place, { found, expected: 'a pcap header of 24 bytes' });
    }
    const { bytes, at } = source;
    const kind = pcapKind(getU32(bytes, at, 'big')) as PcapKind;
    this.#order = kind.order;
    this.#ticksPerSecond = 10 ** kind.decimals;
    this.#requireVersion();
    // The upper bits say whether frames end in a checksum, which IP's own length leaves out.
    this.#linkType = getU32(bytes, at + 20, kind.order) & 0xffff;
    const snapLength = getU32(bytes, at + 16, kind.order);
    const description = { linkType: this.#linkType, snapLength, decimals: kind.decimals };
    this.preamble = Buffer.concat([buildSectionHeader(), buildInterface(description)]);
    source.at += HEADER_LENGTH;
  }

  /** As `CaptureReader.next`, where a pipe has not yet all of it. */
  step(packet: PacketRecord): Step {
    return this.next(packet) ? 'packet' : 'end';
  }

  /** Bytes that must be in memory for `step`. */
  get needed(): number {
    const source = this.#source;
    if (!source.has(RECORD_LENGTH)) return RECORD_LENGTH;
    const capturedLength = getU32(source.bytes, source.at + 8, this.#order);
    return capturedLength > MAX_PACKET_LENGTH ? RECORD_LENGTH : RECORD_LENGTH + capturedLength;
  }

  /** The next packet, unless the file has ended. */
  next(packet: PacketRecord): boolean {
    const source = this.#source;
    if (!source.has(RECORD_LENGTH)) return source.isCut(RECORD_LENGTH);
    const order = this.#order;
    const capturedLength = getU32(source.bytes, source.at + 8, order);
    const originalLength = getU32(source.bytes, source.at + 12, order);
    if (capturedLength > MAX_PACKET_LENGTH || capturedLength > originalLength) {
      throw impossibleLength(source, capturedLength, originalLength);
    }
    const length = RECORD_LENGTH + capturedLength;
    if (!source.has(length)) return source.isCut(length);
    const { bytes, at } = source;
    this.#setTime(packet, getU32(bytes, at, order), getU32(bytes, at + 4, order));
    packet.bytes = bytes;
    packet.at = at + RECORD_LENGTH;
    packet.end = at + length;
    packet.originalLength = originalLength;
    packet.linkType = this.#linkType;
    packet.offset = source.offset;
    source.at += length;
    return true;
  }

  /** The ticks are exact, in two halves: ns since 1970 are more than a number holds. */
  #setTime(packet: PacketRecord, seconds: number, fraction: number): void {
    const perSecond = this.#ticksPerSecond;
    const upper = (seconds >>> 16) * perSecond;
    const lower = (upper % 0x1_0000) * 0x1_0000 + (seconds & 0xffff) * perSecond + fraction;
    packet.ticksHigh = (Math.floor(upper / 0x1_0000) + Math.floor(lower / 0x1_0000_0000)) | 0;
    packet.ticksLow = lower | 0;
    packet.timeMs = seconds * 1000 + fraction / (perSecond / 1000);
  }

  #requireVersion(): void {
    const { bytes, at } = this.#source;
    const [major, minor] = [getU16(bytes, at + 4, this.#order), getU16(bytes, at + 6, this.#order)];
    if (major === 2 && minor === 4) return;
    const place = { file: this.#source.file, offset: this.#source.offset + 4 };
    throw invalidCapture(place, { found: `pcap version ${major}.${minor}`, expected: '2.4' });
  }
}

/** What was read of a file: a packet, something else, or its end. */
export type Step = 'packet' | 'other' | 'end';

export function isPcap(magic: number): boolean {
  return pcapKind(magic) !== undefined;
}

/** For the record or block that the source is at. */
export function impossibleLength(source: CaptureSource, captured: number, original: number): Error {
  const expected =
    captured > MAX_PACKET_LENGTH
      ? `at most ${MAX_PACKET_LENGTH}`
      : `at most its ${original} on the wire`;
  return invalidCapture(source.place, {
    found: `a packet of ${captured} captured bytes`,
    expected,
  });
}

interface PcapKind {
  readonly order: ByteOrder;
  readonly decimals: 6 | 9;
}

/** By the first four bytes, read as big-endian. */
function pcapKind(magic: number): PcapKind | undefined {
  return KINDS.get(magic);
}

const HEADER_LENGTH = 24;
const RECORD_LENGTH = 16;
const KINDS: ReadonlyMap<number, PcapKind> = new Map([
  [0xa1b2c3d4, { order: 'big', decimals: 6 }],
  [0xd4c3b2a1, { order: 'little', decimals: 6 }],
  [0xa1b23c4d, { order: 'big', decimals: 9 }],
  [0x4d3cb2a1, { order: 'little', decimals: 9 }],
]);
