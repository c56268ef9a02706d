import { i32, u8, u16 } from '../../base/bytes.ts';
import { asciiBytes } from '../http/scan.ts';
import { decodeFields, type Field, type FieldTable } from './hpack.ts';

/** How many bytes of the preface of HTTP/2 stand here (RFC 9113 §3.4); 0 where something else does. */
export function prefaceLength(bytes: Uint8Array, at: number, end: number): number {
  const length = Math.min(end - at, PREFACE.length);
  for (let i = 0; i < length; i++) if (u8(bytes, at + i) !== PREFACE[i]) return 0;
  return length;
}

/**
 * Reads the frames that a client sends over HTTP/2 after its preface. A frame counts once `commit` is called. Until then it may be
 * read again, because a segment that was dropped comes again.
 */
export class Http2Requests {
  /** After a frame whose payload was not read: how long that is. */
  bodyLength = 0;
  /** After a partial frame: the number of bytes in which it is whole. */
  wanted = 0;
  /** The fields that the frame completed; undefined where it completed none. */
  fields: readonly Field[] | undefined = undefined;
  #said: Said;
  #next: Said;

  constructor(said: Said = NOTHING) {
    this.#said = said;
    this.#next = said;
  }

  /** Where the frame at `at` ends, or the header of one whose payload does not matter; `partial`, or `broken`. */
  read(bytes: Uint8Array, at: number, end: number): number | 'partial' | 'broken' {
    this.bodyLength = 0;
    this.fields = undefined;
    this.#next = this.#said;
    this.wanted = HEADER;
    if (end - at < HEADER) return 'partial';
    const length = u8(bytes, at) * 0x1_0000 + u16(bytes, at + 1);
    const type = u8(bytes, at + 3);
    if (length > LONGEST_FRAME) return 'broken';
    const isOfHead = type === HEADERS || type === CONTINUATION;
    if (!isOfHead && this.#said.block !== undefined) return 'broken';
    if (!isOfHead) {
      this.bodyLength = length;
      return at + HEADER;
    }
    this.wanted = HEADER + length;
    if (end - at < this.wanted) return 'partial';
    const next = at + this.wanted;
    return this.#readHead(bytes, at, next) ? next : 'broken';
  }

  /** The frame that was read last counts. */
  commit(): void {
    this.#said = this.#next;
  }

  /** Another reader, of what follows the frame that was read last; or, if it `counts` not, of that frame once more. */
  fork(counts: boolean): Http2Requests {
    return new Http2Requests(counts ? this.#next : this.#said);
  }

  /** HEADERS or CONTINUATION: RFC 9113 §§6.2, 6.10. */
  #readHead(bytes: Uint8Array, at: number, end: number): boolean {
    const { block, stream, table } = this.#said;
    const flags = u8(bytes, at + 4);
    const own = i32(bytes, at + 5) & 0x7fff_ffff;
    const isFirst = u8(bytes, at + 3) === HEADERS;
    if (isFirst !== (block === undefined) || (!isFirst && own !== stream)) return false;
    const fragment = isFirst ? unpadded(bytes, at, end) : bytes.subarray(at + HEADER, end);
    if (fragment === undefined) return false;
    if ((block?.length ?? 0) + fragment.length > LONGEST_BLOCK) return false;
    const whole = block === undefined ? fragment.slice() : joined(block, fragment);
    this.#next = { table, block: whole, stream: own };
    if ((flags & END_HEADERS) === 0) return true;
    const decoded = decodeFields(whole, table);
    if (decoded === undefined) return false;
    this.fields = decoded.fields;
    this.#next = { table: decoded.table, block: undefined, stream: 0 };
    return true;
  }
}

/** The table after what was said so far, and a header block that goes on. */
interface Said {
  readonly table: FieldTable;
  readonly block: Uint8Array | undefined;
  readonly stream: number;
}

/** The part of the header block in a HEADERS frame, between padding length and priority, and padding. */
function unpadded(bytes: Uint8Array, at: number, end: number): Uint8Array | undefined {
  const flags = u8(bytes, at + 4);
  const isPadded = (flags & PADDED) !== 0;
  const padding = isPadded ? u8(bytes, at + HEADER) : 0;
  const from = at + HEADER + (isPadded ? 1 : 0) + ((flags & PRIORITY) !== 0 ? 5 : 0);
  return from > end - padding ? undefined : bytes.subarray(from, end - padding);
}

/** Written behind `one` where its memory has room: whoever holds `one` sees no more than its length. */
function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const length = one.length + other.length;
  const hasRoom = one.byteOffset === 0 && one.buffer.byteLength >= length;
  const both = hasRoom ? new Uint8Array(one.buffer) : new Uint8Array(2 * length);
  if (!hasRoom) both.set(one);
  both.set(other, one.length);
  return both.subarray(0, length);
}

const NOTHING: Said = { table: [], block: undefined, stream: 0 };
export const PREFACE = asciiBytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const HEADER = 9;
/** Servers take no longer ones unless they say so; nginx, Apache, Caddy and Node do not. */
const LONGEST_FRAME = 16_384;
const LONGEST_BLOCK = 65_536;
const HEADERS = 1;
const CONTINUATION = 9;
const END_HEADERS = 4;
const PADDED = 8;
const PRIORITY = 0x20;
