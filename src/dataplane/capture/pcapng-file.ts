import { counted } from '../../base/counted.ts';
import {
  CUSTOM_NOT_TO_COPY,
  ENHANCED_PACKET,
  INTERFACE_DESCRIPTION,
  MIDDLEBOX,
  OPTION_APPLICATION,
  OPTION_COMMENT,
  OPTION_FLAGS,
  OUTBOUND,
  PACKET,
  padded,
  SECTION_HEADER,
  SIMPLE_PACKET,
} from './blocks.ts';
import { type ByteOrder, getI32, getU16, getU32 } from './byte-order.ts';
import { type CaptureSource, MAX_BLOCK_LENGTH, MAX_PACKET_LENGTH } from './capture-source.ts';
import { type CaptureInterface, parseInterface } from './interface.ts';
import { invalidCapture } from './invalid.ts';
import { endOfOptions, findOption, optionText } from './options.ts';
import type { PacketRecord } from './packet-record.ts';
import { impossibleLength, type Step } from './pcap-file.ts';

/** Takes bytes of a pcapng file that are no packets; blocks come in order, long ones in pieces. */
export type BlockSink = (bytes: Uint8Array, at: number, end: number) => void;

/** The packets of a pcapng file (draft-ietf-opsawg-pcapng), whatever its sections and their byte orders. */
export class PcapngFile {
  onOther: BlockSink = () => undefined;
  readonly #source: CaptureSource;
  #order: ByteOrder = 'little';
  #interfaces: CaptureInterface[] = [];
  #isOfMiddlebox = false;
  #profile: string | undefined = undefined;
  #skipped: SkippedBlock | undefined = undefined;

  constructor(source: CaptureSource) {
    this.#source = source;
  }

  /** The next packet, unless the file has ended. */
  next(packet: PacketRecord): boolean {
    for (;;) {
      const step = this.step(packet);
      if (step !== 'other') return step === 'packet';
    }
  }

  /** Reads one block, or the next piece of one that is skipped. */
  step(packet: PacketRecord): Step {
    const source = this.#source;
    if (this.#skipped !== undefined) return this.#skip(this.#skipped);
    if (!source.has(12)) return cut(source, 12);
    if (getU32(source.bytes, source.at, 'big') === SECTION_HEADER) this.#readOrder();
    const type = getU32(source.bytes, source.at, this.#order);
    const length = this.#blockLength();
    if (isSkipped(type)) {
      const isCopied = type !== CUSTOM_NOT_TO_COPY;
      this.#skipped = { offset: source.offset, length, isCopied, rest: length - 4 };
      return this.#skip(this.#skipped);
    }
    if (length > MAX_BLOCK_LENGTH)
      throw this.#wrong(`a block of ${counted(length, 'byte')}`, AT_MOST);
    if (!source.has(length)) return cut(source, length);
    this.#requireTrailer(source.at + length - 4, length);
    const isPacket = this.#readBlock(type, length, packet);
    source.at += length;
    return isPacket ? 'packet' : 'other';
  }

  /** Bytes that must be in memory for `step`. */
  get needed(): number {
    const source = this.#source;
    if (this.#skipped !== undefined) return this.#skipped.rest > 0 ? 1 : 4;
    if (!source.has(12)) return 12;
    if (getU32(source.bytes, source.at, 'big') === SECTION_HEADER) this.#readOrder();
    const isShort = isSkipped(getU32(source.bytes, source.at, this.#order));
    const length = getU32(source.bytes, source.at + 4, this.#order);
    return isShort || length > MAX_BLOCK_LENGTH ? 12 : length;
  }

  /** Whether the block is a packet, which `packet` then is. */
  #readBlock(type: number, length: number, packet: PacketRecord): boolean {
    const { bytes, at } = this.#source;
    switch (type) {
      case SECTION_HEADER:
        this.#beginSection(length);
        break;
      case INTERFACE_DESCRIPTION:
        this.#addInterface(length);
        break;
      case SIMPLE_PACKET:
        this.#readSimple(packet, length);
        return true;
      default:
        this.#requireLength(length, 32);
        packet.interfaceIndex =
          type === PACKET ? getU16(bytes, at + 8, this.#order) : getU32(bytes, at + 8, this.#order);
        this.#readPacket(packet, length);
        return true;
    }
    this.onOther(bytes, at, at + length);
    return false;
  }

  /** Of an enhanced packet block or its forerunner, which differ in no more than the interface's field. */
  #readPacket(packet: PacketRecord, length: number): void {
    const { bytes, at } = this.#source;
    const order = this.#order;
    const { ticksPerMs, offsetMs } = this.#describe(packet);
    packet.ticksHigh = getI32(bytes, at + 12, order);
    packet.ticksLow = getI32(bytes, at + 16, order);
    const ticks = (packet.ticksHigh >>> 0) * 0x1_0000_0000 + (packet.ticksLow >>> 0);
    packet.timeMs = ticks / ticksPerMs + offsetMs;
    const capturedLength = getU32(bytes, at + 20, order);
    packet.originalLength = getU32(bytes, at + 24, order);
    this.#place(packet, at + 28, capturedLength, at + length - 4);
    const optionsAt = packet.at + padded(capturedLength);
    packet.optionsAt = optionsAt;
    packet.optionsEnd = optionsAt;
    if (optionsAt < at + length - 4) {
      packet.optionsEnd = endOfOptions(this.#source, optionsAt, at + length - 4, order);
    }
    packet.isCopy = this.#isOfMiddlebox && this.#isOutbound(packet);
    packet.profile = this.#profile;
    packet.box = this.#isOfMiddlebox ? packet.interfaceIndex >> 1 : undefined;
  }

  #isOutbound({ optionsAt, optionsEnd }: PacketRecord): boolean {
    const flags = { code: OPTION_FLAGS, length: 4, order: this.#order };
    const flagsAt = findOption(this.#source, optionsAt, optionsEnd, flags);
    if (flagsAt === undefined) return false;
    return (getU32(this.#source.bytes, flagsAt, this.#order) & DIRECTION_BITS) === OUTBOUND;
  }

  #readSimple(packet: PacketRecord, length: number): void {
    const { bytes, at } = this.#source;
    this.#requireLength(length, 16);
    packet.interfaceIndex = 0;
    packet.box = undefined;
    packet.isCopy = false;
    packet.profile = undefined;
    const { snapLength, ticksPerMs, offsetMs } = this.#describe(packet);
    packet.originalLength = getU32(bytes, at + 8, this.#order);
    const capturedLength = Math.min(packet.originalLength, snapLength || packet.originalLength);
    this.#place(packet, at + 12, capturedLength, at + length - 4);
    const ticks = Math.max(0, Math.round((packet.timeMs - offsetMs) * ticksPerMs));
    packet.ticksHigh = Math.floor(ticks / 0x1_0000_0000) | 0;
    packet.ticksLow = ticks | 0;
    packet.optionsAt = packet.end;
    packet.optionsEnd = packet.end;
  }

  #describe(packet: PacketRecord): CaptureInterface {
    const described = this.#interfaces[packet.interfaceIndex];
    if (described === undefined) {
      const found = `a packet of interface ${packet.interfaceIndex}`;
      const { length } = this.#interfaces;
      throw this.#wrong(found, `one of the ${length} described before it`);
    }
    packet.linkType = described.linkType;
    return described;
  }

  #place(packet: PacketRecord, at: number, capturedLength: number, end: number): void {
    const { originalLength } = packet;
    if (capturedLength > MAX_PACKET_LENGTH || capturedLength > originalLength) {
      throw impossibleLength(this.#source, capturedLength, originalLength);
    }
    if (capturedLength > end - at) {
      const found = `a packet of ${capturedLength} captured bytes`;
      throw this.#wrong(found, `at most the ${end - at} that its block has for it`);
    }
    packet.bytes = this.#source.bytes;
    packet.at = at;
    packet.end = at + capturedLength;
    packet.offset = this.#source.offset;
    packet.order = this.#order;
  }

  #readOrder(): void {
    const { bytes, at } = this.#source;
    const magic = getU32(bytes, at + 8, 'big');
    if (magic === 0x1a2b3c4d) this.#order = 'big';
    else if (magic === 0x4d3c2b1a) this.#order = 'little';
    else throw this.#wrong(`byte-order magic 0x${hex(magic)}`, '0x1a2b3c4d in either order', 8);
  }

  #beginSection(length: number): void {
    const { bytes, at } = this.#source;
    this.#requireLength(length, 28);
    const [major, minor] = [
      getU16(bytes, at + 12, this.#order),
      getU16(bytes, at + 14, this.#order),
    ];
    // Minor version 2 changed nothing, and readers must take it for 0.
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      throw this.#wrong(`pcapng version ${major}.${minor}`, '1.0', 12);
    }
    this.#interfaces = [];
    this.#isOfMiddlebox = this.#sectionText(OPTION_APPLICATION, length) === MIDDLEBOX;
    this.#profile = this.#isOfMiddlebox ? this.#sectionText(OPTION_COMMENT, length) : undefined;
    // Made unknown, for those who copy the block: the copied section may be longer.
    bytes.fill(0xff, at + 16, at + 24);
  }

  #sectionText(code: number, length: number): string | undefined {
    const { at } = this.#source;
    return optionText(this.#source, at + 24, at + length - 4, { code, order: this.#order });
  }

  #addInterface(length: number): void {
    this.#requireLength(length, 20);
    if (this.#interfaces.length === MAX_INTERFACES) {
      throw this.#wrong('another interface', `at most ${MAX_INTERFACES}`);
    }
    this.#interfaces.push(parseInterface(this.#source, length, this.#order));
  }

  /** Skips as much of the block as is in memory; at its end, the length that comes again. */
  #skip(skipped: SkippedBlock): Step {
    const source = this.#source;
    const { offset, length, isCopied } = skipped;
    if (!source.has(skipped.rest > 0 ? 1 : 4)) {
      source.truncation = { offset, missing: skipped.rest + 4 - (source.end - source.at) };
      return 'end';
    }
    const count = Math.min(skipped.rest || 4, source.end - source.at);
    if (skipped.rest === 0) {
      this.#requireTrailer(source.at, length);
      this.#skipped = undefined;
    } else skipped.rest -= count;
    if (isCopied) this.onOther(source.bytes, source.at, source.at + count);
    source.at += count;
    return 'other';
  }

  #blockLength(): number {
    const length = getU32(this.#source.bytes, this.#source.at + 4, this.#order);
    if (length >= 12 && length % 4 === 0) return length;
    throw this.#wrong(`a block length of ${length}`, 'a multiple of 4, at least 12', 4);
  }

  #requireLength(length: number, least: number): void {
    if (length < least)
      throw this.#wrong(`a block of ${counted(length, 'byte')}`, `at least ${least}`);
  }

  #requireTrailer(at: number, length: number): void {
    const trailer = getU32(this.#source.bytes, at, this.#order);
    if (trailer === length) return;
    const found = `a block that ends with length ${trailer}`;
    throw this.#wrong(found, `${length} as at its beginning`, at - this.#source.at);
  }

  #wrong(found: string, expected: string, ahead = 0): Error {
    const { file, offset } = this.#source;
    return invalidCapture({ file, offset: offset + ahead }, { found, expected });
  }
}

/** A block that is no packet, of which `rest` bytes are to come before its length comes again. */
interface SkippedBlock {
  readonly offset: number;
  readonly length: number;
  readonly isCopied: boolean;
  rest: number;
}

function cut(source: CaptureSource, length: number): 'end' {
  source.isCut(length);
  return 'end';
}

function isSkipped(type: number): boolean {
  switch (type) {
    case SECTION_HEADER:
    case INTERFACE_DESCRIPTION:
    case PACKET:
    case SIMPLE_PACKET:
    case ENHANCED_PACKET:
      return false;
    default:
      return true;
  }
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

const MAX_INTERFACES = 65_536;
const AT_MOST = `at most ${MAX_BLOCK_LENGTH}`;
/** Of a packet's flags option: 1 inbound, 2 outbound. */
const DIRECTION_BITS = 3;
