import { closeSync, writeSync } from 'node:fs';
import { copyBytes, putU16LE, putU32LE, u8 } from '../../base/bytes.ts';

export interface BlockWriterOptions {
  readonly fd: number;
  /** Where in the file the first block goes. */
  readonly position: number;
  /** Blocks gather in `memory`, `length` bytes from `memoryAt` on, until `flush`. */
  readonly memory: Uint8Array;
  readonly memoryAt: number;
  readonly length: number;
}

/**
 * Puts pcapng blocks into a file, numbers in little-endian order: the choice of an order would cost the data path a
 * tenth of its time here. What cannot be written, on a full disk say, is lost without an exception: `failure` says why.
 */
export class BlockWriter {
  failure: string | undefined = undefined;
  readonly #fd: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #used: number;
  #position: number;

  constructor({ fd, position, memory, memoryAt, length }: BlockWriterOptions) {
    this.#fd = fd;
    this.#bytes = memory;
    this.#start = memoryAt;
    this.#end = memoryAt + length;
    this.#used = memoryAt;
    this.#position = position;
  }

  /** Starts a block of `total` bytes, which leaves memory in one piece if it fits there. */
  begin(type: number, total: number): void {
    this.#reserve(total);
    this.u32(type);
    this.u32(total);
  }

  /** A number among the first of a block, or the value of an option: room for it has been made. */
  u32(value: number): void {
    putU32LE(this.#bytes, this.#used, value);
    this.#used += 4;
  }

  /** The head of an option; its value is to follow. */
  option(code: number, length: number): void {
    this.#reserve(8);
    putU16LE(this.#bytes, this.#used, code);
    putU16LE(this.#bytes, this.#used + 2, length);
    this.#used += 4;
  }

  copy(bytes: Uint8Array, at: number, end: number): void {
    let from = at;
    while (from < end) {
      this.#reserve(1);
      const until = Math.min(end, from + this.#end - this.#used);
      this.#put(bytes, from, until);
      this.#used += until - from;
      from = until;
    }
  }

  /** Copies, then pads with zeros to a multiple of four. */
  copyPadded(bytes: Uint8Array, at: number, end: number): void {
    this.copy(bytes, at, end);
    for (let length = end - at; length % 4 !== 0; length++) {
      this.#reserve(1);
      this.#bytes[this.#used++] = 0;
    }
  }

  /** Ends the block: its length comes again. */
  end(total: number): void {
    this.#reserve(4);
    this.u32(total);
  }

  flush(): void {
    try {
      if (this.failure === undefined) this.#writeOut();
    } catch (error) {
      this.failure = (error as Error).message;
    }
    this.#used = this.#start;
  }

  close(): void {
    this.flush();
    closeSync(this.#fd);
  }

  #put(bytes: Uint8Array, at: number, end: number): void {
    if (end - at > FEW) {
      copyBytes(this.#bytes, this.#used, bytes, at, end);
      return;
    }
    for (let i = at; i < end; i++) this.#bytes[this.#used + i - at] = u8(bytes, i);
  }

  #reserve(length: number): void {
    if (this.#used + length > this.#end) this.flush();
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
}

/** Bytes that are sooner copied one by one than through a slice object. */
const FEW = 32;
