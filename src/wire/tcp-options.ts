import { i32, u8, u16 } from '../base/bytes.ts';

/** TCP option kinds (IANA; RFC 9293 §3.2, RFC 7323, RFC 2018, RFC 2385). */
const END_OF_OPTIONS = 0;
export const NO_OPERATION = 1;
export const MAXIMUM_SEGMENT_SIZE = 2;
export const WINDOW_SCALE = 3;
export const SACK_PERMITTED = 4;
export const SACK = 5;
export const TIMESTAMPS = 8;
export const MD5_SIGNATURE = 19;

/**
 * Index of the first option of this kind, or -1. An option that is found lies whole in `[at, end)` and has its RFC's
 * length where that is fixed: one of another length is passed over, as Linux does (`tcp_parse_options`). Nothing after
 * the end-of-options byte counts, nor after an option whose length cannot be.
 */
export function findTcpOption(bytes: Uint8Array, at: number, end: number, kind: number): number {
  let i = at;
  while (i < end && u8(bytes, i) !== END_OF_OPTIONS) {
    const length = optionLength(bytes, i, end);
    if (length === 0) return -1;
    if (u8(bytes, i) === kind && hasItsLength(kind, length)) return i;
    i += length;
  }
  return -1;
}

/** TSval of the timestamps option at `optionAt`, signed as sequence numbers are: see `seqDistance`. */
export function timestampValue(bytes: Uint8Array, optionAt: number): number {
  return i32(bytes, optionAt + 2);
}

/** TSecr of the timestamps option at `optionAt`, signed. */
export function timestampEcho(bytes: Uint8Array, optionAt: number): number {
  return i32(bytes, optionAt + 6);
}

/** As packetdrill writes them: `<mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>`; the empty text if there are none. */
export function formatTcpOptions(bytes: Uint8Array, at: number, end: number): string {
  const texts: string[] = [];
  let i = at;
  while (i < end) {
    const length = optionLength(bytes, i, end);
    texts.push(length === 0 ? 'malformed' : formatOption(bytes, i, length));
    if (length === 0 || u8(bytes, i) === END_OF_OPTIONS) break;
    i += length;
  }
  return texts.length === 0 ? '' : `<${texts.join(',')}>`;
}

/** 0 when it cannot be: an option takes at least two bytes, unless it is one of the two that are a single byte. */
function optionLength(bytes: Uint8Array, at: number, end: number): number {
  if (u8(bytes, at) <= NO_OPERATION) return 1;
  const length = u8(bytes, at + 1); // past the end it does not matter which: none fits
  return length < 2 || at + length > end ? 0 : length;
}

function hasItsLength(kind: number, length: number): boolean {
  switch (kind) {
    case MAXIMUM_SEGMENT_SIZE:
      return length === 4;
    case WINDOW_SCALE:
      return length === 3;
    case SACK_PERMITTED:
      return length === 2;
    case TIMESTAMPS:
      return length === 10;
    case MD5_SIGNATURE:
      return length === 18;
    default:
      return true;
  }
}

function formatOption(bytes: Uint8Array, at: number, length: number): string {
  const kind = u8(bytes, at);
  if (!hasItsLength(kind, length)) return `kind ${kind} length ${length}`;
  switch (kind) {
    case END_OF_OPTIONS:
      return 'eol';
    case NO_OPERATION:
      return 'nop';
    case MAXIMUM_SEGMENT_SIZE:
      return `mss ${u16(bytes, at + 2)}`;
    case WINDOW_SCALE:
      return `wscale ${u8(bytes, at + 2)}`;
    case SACK_PERMITTED:
      return 'sackOK';
    case SACK:
      return `sack ${formatBlocks(bytes, at + 2, at + length)}`;
    case TIMESTAMPS:
      return `TS val ${timestampValue(bytes, at) >>> 0} ecr ${timestampEcho(bytes, at) >>> 0}`;
    case MD5_SIGNATURE:
      return `md5 ${formatHex(bytes, at + 2, at + length)}`;
    default:
      return `kind ${kind} length ${length}`;
  }
}

/** Whole blocks only; the numbers are absolute. */
function formatBlocks(bytes: Uint8Array, at: number, end: number): string {
  const blocks: string[] = [];
  for (let i = at; i + 8 <= end; i += 8) {
    blocks.push(`${i32(bytes, i) >>> 0}:${i32(bytes, i + 4) >>> 0}`);
  }
  return blocks.join(' ');
}

function formatHex(bytes: Uint8Array, at: number, end: number): string {
  let text = '';
  for (let i = at; i < end; i++) text += u8(bytes, i).toString(16).padStart(2, '0');
  return text;
}
