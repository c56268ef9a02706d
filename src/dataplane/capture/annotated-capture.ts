import { openSync, rmSync } from 'node:fs';
import { ChokepointError, messageOf } from '../../base/errors.ts';
import { BlockWriter } from './block-writer.ts';
import {
  buildOption,
  ENHANCED_PACKET,
  ENHANCED_PACKET_LENGTH,
  OPTION_COMMENT,
  OPTION_END,
  OPTION_FLAGS,
  OUTBOUND,
  padded,
} from './blocks.ts';
import { type ByteOrder, setU32 } from './byte-order.ts';
import type { CaptureReader } from './capture-reader.ts';
import { likeCaptured } from './link-layer.ts';

/**
 * A pcapng copy of the capture that a reader reads: its sections, interfaces, bytes, times and options, and with them
 * comments, and packets that the censor would have sent. An existing file is never written to.
 */
export class AnnotatedCapture {
  readonly #path: string;
  readonly #reader: CaptureReader;
  readonly #blocks: BlockWriter;
  readonly #head = new Uint8Array(ENHANCED_PACKET_LENGTH - 4);
  readonly #length = new Uint8Array(4);
  #isOpen = true;

  /** To be made before the first packet is read. */
  constructor(path: string, reader: CaptureReader) {
    this.#path = path;
    this.#reader = reader;
    const memory = new Uint8Array(MEMORY_LENGTH);
    const fd = openNew(path);
    const { length } = memory;
    this.#blocks = new BlockWriter({ fd, position: 0, memory, memoryAt: 0, length });
    reader.handOthersTo((bytes, at, end) => this.#blocks.copy(bytes, at, end));
  }

  /** Adds the packet that the reader is at; its own comments come first. */
  write(comments: readonly string[]): void {
    const { packet } = this.#reader;
    const { bytes, at, end, originalLength, order } = packet;
    const added = comments.length === 0 ? NONE : buildComments(comments, order);
    const optionsLength = packet.optionsEnd - packet.optionsAt + added.length;
    const total = this.#begin(end - at, originalLength, optionsLength);
    this.#blocks.copyPadded(bytes, at, end);
    this.#blocks.copy(bytes, packet.optionsAt, packet.optionsEnd);
    this.#blocks.copy(added, 0, added.length);
    this.#end(total, optionsLength);
  }

  /** Adds an Ethernet frame as sent by the capturing machine, at the time and on the interface of the reader's packet. */
  inject(frame: Uint8Array, comments: readonly string[]): void {
    const { packet } = this.#reader;
    const bytes = likeCaptured(frame, packet);
    const options = Buffer.concat([
      buildOption(OPTION_FLAGS, u32Bytes(OUTBOUND, packet.order), packet.order),
      buildComments(comments, packet.order),
    ]);
    const total = this.#begin(bytes.length, bytes.length, options.length);
    this.#blocks.copyPadded(bytes, 0, bytes.length);
    this.#blocks.copy(options, 0, options.length);
    this.#end(total, options.length);
  }

  /** Everything is then in the file, or this throws. */
  close(): void {
    this.#letGo();
    this.#requireWritten();
  }

  /** Takes the file back, as if it had not been made. */
  remove(): void {
    this.#letGo();
    rmSync(this.#path, { force: true });
  }

  #letGo(): void {
    if (this.#isOpen) this.#blocks.close();
    this.#isOpen = false;
  }

  /** Puts the beginning of a packet block; its length. */
  #begin(capturedLength: number, originalLength: number, optionsLength: number): number {
    const { order, interfaceIndex, ticksHigh, ticksLow } = this.#reader.packet;
    const optionsTotal = optionsLength === 0 ? 0 : optionsLength + 4;
    const total = ENHANCED_PACKET_LENGTH + padded(capturedLength) + optionsTotal;
    const head = this.#head;
    setU32(head, 0, ENHANCED_PACKET, order);
    setU32(head, 4, total, order);
    setU32(head, 8, interfaceIndex, order);
    setU32(head, 12, ticksHigh, order);
    setU32(head, 16, ticksLow, order);
    setU32(head, 20, capturedLength, order);
    setU32(head, 24, originalLength, order);
    this.#blocks.copy(head, 0, head.length);
    return total;
  }

  #end(total: number, optionsLength: number): void {
    if (optionsLength > 0) this.#blocks.copy(END_MARK, 0, END_MARK.length);
    setU32(this.#length, 0, total, this.#reader.packet.order);
    this.#blocks.copy(this.#length, 0, 4);
    this.#requireWritten();
  }

  #requireWritten(): void {
    const { failure } = this.#blocks;
    if (failure === undefined) return;
    throw new ChokepointError('OUTPUT_FAILED', `${this.#path} cannot be written: ${failure}`, {
      hint: 'name a file where there is room',
    });
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx');
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST';
    const message = isTaken
      ? `${path} exists already`
      : `${path} cannot be made: ${messageOf(error)}`;
    throw new ChokepointError('OUTPUT_FAILED', message, {
      cause: error,
      hint: isTaken ? 'name another file, or remove that one' : 'name a file you can write',
    });
  }
}

function buildComments(comments: readonly string[], order: ByteOrder): Buffer {
  return Buffer.concat(
    comments.map((comment) => buildOption(OPTION_COMMENT, withinOption(comment), order)),
  );
}

/** UTF-8, cut after a whole character where an option cannot hold it. */
function withinOption(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length <= LONGEST_OPTION) return bytes;
  let end = LONGEST_OPTION;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

function u32Bytes(value: number, order: ByteOrder): Uint8Array {
  const bytes = new Uint8Array(4);
  setU32(bytes, 0, value, order);
  return bytes;
}

const NONE = Buffer.alloc(0);
/** The same in either byte order. */
const END_MARK = Buffer.from([OPTION_END, 0, 0, 0]);
const LONGEST_OPTION = 0xffff;
const MEMORY_LENGTH = 1024 * 1024;
