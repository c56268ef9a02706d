import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { copyBytes, putU16LE, putU32LE } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';

export interface CapturedPacket {
  /** Index into the interface names given to the writer. */
  readonly interfaceIndex: number;
  readonly isOutbound: boolean;
  /** Unix time in ms. */
  readonly at: Millis;
  readonly comment?: string | undefined;
}

/**
 * Appends packets to a pcapng file (draft-ietf-opsawg-pcapng): one section for each time it is opened, one interface
 * for each name. What a writer that was killed left half-written at the end is cut off, so that the file stays readable.
 */
export class PcapngWriter {
  readonly #fd: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  failure: string | undefined = undefined;
  #used: number;
  #position: number;

  /** Packets gather in `memory`, `PCAPNG_BUFFER_LENGTH` bytes from `memoryAt` on, until `flush`. */
  constructor(
    path: string,
    interfaceNames: readonly string[],
    memory: Uint8Array = new Uint8Array(PCAPNG_BUFFER_LENGTH),
    memoryAt = 0,
  ) {
    const isNew = !existsSync(path);
    this.#fd = openSync(path, isNew ? 'wx+' : 'r+');
    this.#bytes = memory;
    this.#start = memoryAt;
    this.#used = memoryAt;
    this.#position = isNew ? 0 : endOfLastWholeBlock(this.#fd);
    ftruncateSync(this.#fd, this.#position);
    this.#block(SECTION_HEADER, SECTION_BODY);
    for (const name of interfaceNames) this.#block(INTERFACE_DESCRIPTION, interfaceBody(name));
    this.flush();
  }

  write(packet: CapturedPacket, bytes: Uint8Array, at: number, end: number): void {
    const length = end - at;
    const comment = packet.comment === undefined ? undefined : Buffer.from(packet.comment);
    const options =
      FLAGS_OPTION_LENGTH + (comment === undefined ? 0 : 4 + padded(comment.length)) + 4;
    const total = 12 + PACKET_FIXED_LENGTH + padded(length) + options;
    this.#reserve(total);
    this.#u32(ENHANCED_PACKET);
    this.#u32(total);
    this.#u32(packet.interfaceIndex);
    const microseconds = Math.round(packet.at * 1000);
    this.#u32(Math.floor(microseconds / 2 ** 32));
    this.#u32(microseconds % 2 ** 32);
    this.#u32(length);
    this.#u32(length);
    this.#copy(bytes, at, end);
    this.#option(OPTION_FLAGS, 4);
    this.#u32(packet.isOutbound ? 2 : 1);
    if (comment !== undefined) {
      this.#option(OPTION_COMMENT, comment.length);
      this.#copy(comment, 0, comment.length);
    }
    this.#option(OPTION_END, 0);
    this.#u32(total);
  }

  /** What cannot be written, on a full disk say, ends the capture and not the packets: `failure` then says why. */
  flush(): void {
    try {
      if (this.failure === undefined) this.#writeOut();
    } catch (error) {
      this.failure = (error as Error).message;
    }
    this.#used = this.#start;
  }

  #writeOut(): void {
    let written = this.#start;
    while (written < this.#used) {
      const rest = this.#used - written;
      const count = writeSync(this.#fd, this.#bytes, written, rest, this.#position);
      written += count;
      this.#position += count;
    }
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }

  #block(type: number, body: Buffer): void {
    this.#reserve(12 + body.length);
    this.#u32(type);
    this.#u32(12 + body.length);
    this.#copy(body, 0, body.length);
    this.#u32(12 + body.length);
  }

  #reserve(length: number): void {
    if (this.#used + length > this.#start + PCAPNG_BUFFER_LENGTH) this.flush();
  }

  #u32(value: number): void {
    putU32LE(this.#bytes, this.#used, value);
    this.#used += 4;
  }

  #option(code: number, length: number): void {
    putU16LE(this.#bytes, this.#used, code);
    putU16LE(this.#bytes, this.#used + 2, length);
    this.#used += 4;
  }

  /** Copies, then pads with zeros to a multiple of four. */
  #copy(bytes: Uint8Array, at: number, end: number): void {
    copyBytes(this.#bytes, this.#used, bytes, at, end);
    const paddedEnd = this.#used + padded(end - at);
    this.#bytes.fill(0, this.#used + end - at, paddedEnd);
    this.#used = paddedEnd;
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function interfaceBody(name: string): Buffer {
  const text = Buffer.from(name);
  const body = Buffer.alloc(8 + 4 + padded(text.length) + 8 + 4);
  body.writeUInt16LE(LINKTYPE_ETHERNET, 0);
  let at = 8;
  at = body.writeUInt16LE(OPTION_INTERFACE_NAME, at);
  at = body.writeUInt16LE(text.length, at);
  text.copy(body, at);
  at += padded(text.length);
  at = body.writeUInt16LE(OPTION_TIME_RESOLUTION, at);
  at = body.writeUInt16LE(1, at);
  body.writeUInt8(6, at); // microseconds
  return body;
}

function endOfLastWholeBlock(fd: number): number {
  const size = fstatSync(fd).size;
  const head = Buffer.alloc(8);
  let at = 0;
  while (at + 12 <= size && readSync(fd, head, 0, 8, at) === 8) {
    const length = head.readUInt32LE(4);
    if (length < 12 || length % 4 !== 0 || at + length > size) break;
    at += length;
  }
  return at;
}

export const PCAPNG_BUFFER_LENGTH = 256 * 1024;
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const PACKET_FIXED_LENGTH = 20;
const LINKTYPE_ETHERNET = 1;
const OPTION_END = 0;
const OPTION_COMMENT = 1;
const OPTION_FLAGS = 2;
const OPTION_INTERFACE_NAME = 2;
const OPTION_TIME_RESOLUTION = 9;
const FLAGS_OPTION_LENGTH = 8;
/** Byte order magic, version 1.0, section length unknown. */
const SECTION_BODY = Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex');
