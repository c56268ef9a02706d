/* The blocks and options of pcapng files (draft-ietf-opsawg-pcapng) that are read or written here. */

import { type ByteOrder, setU16 } from './byte-order.ts';

export interface InterfaceDescription {
  readonly linkType: number;
  /** 0 where packets are whole. */
  readonly snapLength: number;
  readonly name?: string;
  /** Timestamps count units of 10 to the minus this, in seconds. */
  readonly decimals: number;
}

/** A section header block: little-endian, version 1.0, section length unknown. */
export function buildSectionHeader(by?: SectionAuthor): Buffer {
  const fixed = Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex');
  if (by === undefined) return buildBlock(SECTION_HEADER, fixed);
  const options = [
    buildOption(OPTION_COMMENT, Buffer.from(by.comment), 'little'),
    buildOption(OPTION_APPLICATION, Buffer.from(by.application), 'little'),
    buildOption(OPTION_END, Buffer.alloc(0), 'little'),
  ];
  return buildBlock(SECTION_HEADER, Buffer.concat([fixed, ...options]));
}

/** What wrote a section, and what it says of it. */
export interface SectionAuthor {
  readonly application: string;
  readonly comment: string;
}

/** An interface description block, little-endian. */
export function buildInterface(description: InterfaceDescription): Buffer {
  const fixed = Buffer.alloc(8);
  fixed.writeUInt16LE(description.linkType, 0);
  fixed.writeUInt32LE(description.snapLength, 4);
  const { name, decimals } = description;
  const options = [
    ...(name === undefined
      ? []
      : [buildOption(OPTION_INTERFACE_NAME, Buffer.from(name), 'little')]),
    buildOption(OPTION_TIME_RESOLUTION, Buffer.of(decimals), 'little'),
    buildOption(OPTION_END, Buffer.alloc(0), 'little'),
  ];
  return buildBlock(INTERFACE_DESCRIPTION, Buffer.concat([fixed, ...options]));
}

export function buildOption(code: number, value: Uint8Array, order: ByteOrder): Buffer {
  const option = Buffer.alloc(4 + padded(value.length));
  setU16(option, 0, code, order);
  setU16(option, 2, value.length, order);
  option.set(value, 4);
  return option;
}

function buildBlock(type: number, body: Buffer): Buffer {
  const block = Buffer.alloc(12 + body.length);
  block.writeUInt32LE(type, 0);
  block.writeUInt32LE(block.length, 4);
  body.copy(block, 8);
  block.writeUInt32LE(block.length, block.length - 4);
  return block;
}

/** Bytes that `length` bytes take up: a multiple of four. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** The same in either byte order. */
export const SECTION_HEADER = 0x0a0d0d0a;
export const INTERFACE_DESCRIPTION = 1;
/** The obsolete packet block. */
export const PACKET = 2;
export const SIMPLE_PACKET = 3;
export const ENHANCED_PACKET = 6;
/** A custom block that whoever changes the file must not copy. */
export const CUSTOM_NOT_TO_COPY = 0x40000bad;

/** Of an enhanced packet block without packet and options. */
export const ENHANCED_PACKET_LENGTH = 32;

export const OPTION_END = 0;
/** Of a section header: what wrote it. */
export const OPTION_APPLICATION = 4;
/** What says so in captures of a middlebox, which have each packet twice: as it came in, and as it left. */
export const MIDDLEBOX = 'chokepoint middlebox';
export const OPTION_COMMENT = 1;
/** In packet blocks. */
export const OPTION_FLAGS = 2;
/** In interface description blocks. */
const OPTION_INTERFACE_NAME = 2;
export const OPTION_TIME_RESOLUTION = 9;
export const OPTION_TIME_OFFSET = 14;
/** Values of `OPTION_FLAGS`. */
export const INBOUND = 1;
export const OUTBOUND = 2;
