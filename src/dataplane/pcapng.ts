import { constants, fstatSync, ftruncateSync, readSync } from 'node:fs';
import type { Millis } from '../base/units.ts';
import { openOwn } from '../files/own-file.ts';
import { BlockWriter } from './capture/block-writer.ts';
import {
  buildInterface,
  buildSectionHeader,
  ENHANCED_PACKET,
  ENHANCED_PACKET_LENGTH,
  INBOUND,
  MIDDLEBOX,
  OPTION_COMMENT,
  OPTION_END,
  OPTION_FLAGS,
  OUTBOUND,
  padded,
} from './capture/blocks.ts';

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
  readonly #blocks: BlockWriter;

  /** Packets gather in `memory`, `PCAPNG_BUFFER_LENGTH` bytes from `memoryAt` on, until `flush`. */
  constructor(
    path: string,
    interfaceNames: readonly string[],
    comment = '',
    memory: Uint8Array = new Uint8Array(PCAPNG_BUFFER_LENGTH),
    memoryAt = 0,
  ) {
    const fd = openOwn(path, constants.O_RDWR);
    const position = endOfLastWholeBlock(fd);
    ftruncateSync(fd, position);
    const length = PCAPNG_BUFFER_LENGTH;
    this.#blocks = new BlockWriter({ fd, position, memory, memoryAt, length });
    this.#copy(buildSectionHeader({ application: MIDDLEBOX, comment }));
    for (const name of interfaceNames) this.#copy(buildInterface({ ...ETHERNET, name }));
    this.flush();
  }

  /** Why the capture ended before the packets did. */
  get failure(): string | undefined {
    return this.#blocks.failure;
  }

  write(packet: CapturedPacket, bytes: Uint8Array, at: number, end: number): void {
    const blocks = this.#blocks;
    const length = end - at;
    const comment = packet.comment === undefined ? undefined : Buffer.from(packet.comment);
    const options =
      FLAGS_OPTION_LENGTH + (comment === undefined ? 0 : 4 + padded(comment.length)) + 4;
    const total = ENHANCED_PACKET_LENGTH + padded(length) + options;
    blocks.begin(ENHANCED_PACKET, total);
    blocks.u32(packet.interfaceIndex);
    const microseconds = Math.round(packet.at * 1000);
    blocks.u32(Math.floor(microseconds / 2 ** 32));
    blocks.u32(microseconds % 2 ** 32);
    blocks.u32(length);
    blocks.u32(length);
    blocks.copyPadded(bytes, at, end);
    blocks.option(OPTION_FLAGS, 4);
    blocks.u32(packet.isOutbound ? OUTBOUND : INBOUND);
    if (comment !== undefined) {
      blocks.option(OPTION_COMMENT, comment.length);
      blocks.copyPadded(comment, 0, comment.length);
    }
    blocks.option(OPTION_END, 0);
    blocks.end(total);
  }

  /** What cannot be written, on a full disk say, ends the capture and not the packets: `failure` then says why. */
  flush(): void {
    this.#blocks.flush();
  }

  close(): void {
    this.#blocks.close();
  }

  #copy(block: Buffer): void {
    this.#blocks.copy(block, 0, block.length);
  }
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
const ETHERNET = { linkType: 1, snapLength: 0, decimals: 6 };
const FLAGS_OPTION_LENGTH = 8;
