import { putU16, putU32 } from '../../src/base/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../src/wire/checksum.ts';

/** One end of the connections of a capture: 4 or 16 bytes of address, and a port. */
export interface End {
  readonly address: Uint8Array;
  readonly port: number;
}

/** A pcap file (libpcap format 2.4, Ethernet, microseconds) that grows by a frame at a time. */
export class CaptureWriter {
  #bytes = new Uint8Array(1 << 24);
  #end = FILE_HEADER;
  #packets = 0;

  constructor() {
    const header = new DataView(this.#bytes.buffer);
    header.setUint32(0, 0xa1b2_c3d4);
    header.setUint32(4, 0x0002_0004);
    header.setUint32(16, 0xffff);
    header.setUint32(20, 1);
  }

  get packetCount(): number {
    return this.#packets;
  }

  get file(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Room for the next frame; what is returned is where it begins. */
  frame(length: number): number {
    const at = this.#end + RECORD_HEADER;
    this.#reserve(at + length);
    const micros = this.#packets * GAP_US;
    const view = new DataView(this.#bytes.buffer, this.#end);
    view.setUint32(0, START_S + Math.floor(micros / 1e6));
    view.setUint32(4, micros % 1e6);
    view.setUint32(8, length);
    view.setUint32(12, length);
    this.#packets++;
    this.#end = at + length;
    return at;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * this.#bytes.length);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

export interface SegmentNumbers {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  /** Of the timestamps option, which every segment has, as those of common systems do. */
  readonly time: number;
}

/** Writes a TCP segment with right checksums. */
export function writeSegment(
  capture: CaptureWriter,
  from: End,
  to: End,
  numbers: SegmentNumbers,
  payload: Uint8Array,
): void {
  const ipLength = from.address.length === 4 ? 20 : 40;
  const tcpLength = TCP_LENGTH + payload.length;
  const at = capture.frame(14 + ipLength + tcpLength);
  const { bytes } = capture;
  writeEthernet(bytes, at, ipLength);
  const ipAt = at + 14;
  if (ipLength === 20) writeIpv4(bytes, ipAt, from, to, tcpLength);
  else writeIpv6(bytes, ipAt, from, to, tcpLength);
  writeTcp(bytes, ipAt + ipLength, from, to, numbers);
  bytes.set(payload, ipAt + ipLength + TCP_LENGTH);
  const addresses = { at: ipAt + (ipLength === 20 ? 12 : 8), end: ipAt + ipLength };
  const partial = pseudoHeaderSum(bytes, addresses, 6, tcpLength);
  const tcpAt = ipAt + ipLength;
  putU16(bytes, tcpAt + 16, checksum(bytes, tcpAt, tcpAt + tcpLength, partial));
}

function writeEthernet(bytes: Uint8Array, at: number, ipLength: number): void {
  bytes.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], at);
  putU16(bytes, at + 12, ipLength === 20 ? 0x0800 : 0x86dd);
}

function writeIpv4(bytes: Uint8Array, at: number, from: End, to: End, length: number): void {
  bytes[at] = 0x45;
  putU16(bytes, at + 2, 20 + length);
  putU16(bytes, at + 6, 0x4000);
  bytes[at + 8] = 64;
  bytes[at + 9] = 6;
  bytes.set(from.address, at + 12);
  bytes.set(to.address, at + 16);
  putU16(bytes, at + 10, checksum(bytes, at, at + 20));
}

function writeIpv6(bytes: Uint8Array, at: number, from: End, to: End, length: number): void {
  bytes[at] = 0x60;
  putU16(bytes, at + 4, length);
  bytes[at + 6] = 6;
  bytes[at + 7] = 64;
  bytes.set(from.address, at + 8);
  bytes.set(to.address, at + 24);
}

function writeTcp(
  bytes: Uint8Array,
  at: number,
  from: End,
  to: End,
  { seq, ack, flags, time }: SegmentNumbers,
): void {
  putU16(bytes, at, from.port);
  putU16(bytes, at + 2, to.port);
  putU32(bytes, at + 4, seq);
  putU32(bytes, at + 8, ack);
  bytes[at + 12] = (TCP_LENGTH / 4) << 4;
  bytes[at + 13] = flags;
  putU16(bytes, at + 14, 502);
  bytes.set([1, 1, 8, 10], at + 20);
  putU32(bytes, at + 24, time);
  putU32(bytes, at + 28, time);
}

export const FILE_HEADER = 24;
export const RECORD_HEADER = 16;
const START_S = 1_700_000_000;
/** Between two packets: a link with 100,000 packets a second. */
const GAP_US = 10;
/** With two bytes of padding and the timestamps option. */
const TCP_LENGTH = 32;
