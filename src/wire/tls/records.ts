import { copyBytes, u8, u16 } from '../../base/bytes.ts';
import {
  CONTENT_ALERT,
  CONTENT_CHANGE_CIPHER_SPEC,
  CONTENT_HANDSHAKE,
  RECORD_HEADER,
} from './numbers.ts';

/**
 * The contents of consecutive handshake records (RFC 8446 §5.1) in one piece, so that a message which spans several can
 * be read. Reused; costs time linear in the bytes given, whatever they are.
 */
export class HandshakeRecords {
  /** `partial`: the last record, or its header, goes on past the end of the bytes. */
  status: 'not-tls' | 'partial' | 'complete-records' = 'not-tls';
  /** A limit ended the gathering: what follows is unknown. */
  over = false;
  /** Where the contents are: the source itself as long as one record holds them all. Valid until the next `read`. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** In the source: one past the last handshake record that was gathered whole. */
  nextAt = 0;
  readonly #limit: number;
  readonly #recordLimit: number;
  readonly #which: Records;
  #own = EMPTY;
  /** Of each piece: where it begins in the own buffer, and where in the source. */
  #pieces = NO_PIECES;
  #pieceCount = 0;

  /** `limit` is the number of bytes gathered at most; records without contents count as records too. */
  constructor(limit: number, recordLimit = 2048, which: Records = 'usual') {
    this.#which = which;
    this.#limit = limit;
    this.#recordLimit = recordLimit;
  }

  /**
   * The bytes begin at the header of a handshake record. No record at all ends the gathering, and so does one of another type,
   * unless it is one that some servers pass over and `any` was asked for.
   */
  read(bytes: Uint8Array, at: number, end: number): this {
    this.over = false;
    this.bytes = bytes;
    this.at = at;
    this.end = at;
    this.nextAt = at;
    this.#pieceCount = 0;
    this.status = this.#gather(bytes, at, end);
    return this;
  }

  /** The place in the source of a byte that was gathered; for the end of a range, ask for its last byte. */
  sourceAt(position: number): number {
    if (this.#pieceCount < 2) return position;
    let low = 0;
    let high = this.#pieceCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[2 * middle] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return (this.#pieces[2 * low + 1] as number) + position - (this.#pieces[2 * low] as number);
  }

  #gather(bytes: Uint8Array, at: number, end: number): 'not-tls' | 'partial' | 'complete-records' {
    for (let count = 0; this.#goesOn(bytes, end); count++) {
      const contentsAt = this.nextAt + RECORD_HEADER;
      if (contentsAt > end) return 'partial';
      if (count === this.#recordLimit) {
        this.over = true;
        break;
      }
      const recordEnd = contentsAt + u16(bytes, contentsAt - 2);
      const isHandshake = u8(bytes, this.nextAt) === CONTENT_HANDSHAKE;
      if (isHandshake) this.#append(bytes, contentsAt, Math.min(recordEnd, end));
      if (recordEnd > end) return 'partial';
      if (this.over) break;
      this.nextAt = recordEnd;
    }
    return this.nextAt === at && !this.over ? 'not-tls' : 'complete-records';
  }

  #goesOn(bytes: Uint8Array, end: number): boolean {
    const at = this.nextAt;
    if (startsLikeRecord(bytes, at, end, this.#which)) return true;
    return this.#which === 'any' && startsLikePassedOver(bytes, at, end);
  }

  #append(bytes: Uint8Array, at: number, end: number): void {
    const length = this.end - this.at;
    const added = Math.min(end - at, this.#limit - length);
    this.over = added < end - at;
    if (added === 0) return;
    if (this.#pieceCount === 0) {
      this.at = at;
      this.end = at + added;
      this.#pieceCount = 1;
      return;
    }
    this.#makeRoom(length + added);
    if (this.#pieceCount === 1) this.#moveFirst();
    copy(this.#own, this.end, bytes, at, added);
    this.#notePiece(this.end, at);
    this.end += added;
  }

  #moveFirst(): void {
    const { bytes, at, end } = this;
    copy(this.#own, 0, bytes, at, end - at);
    this.#pieceCount = 0;
    this.#notePiece(0, at);
    this.bytes = this.#own;
    this.at = 0;
    this.end = end - at;
  }

  #makeRoom(length: number): void {
    if (length <= this.#own.length) return;
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(2 * this.#own.length, length)));
    grown.set(this.#own);
    if (this.bytes === this.#own) this.bytes = grown;
    this.#own = grown;
  }

  #notePiece(gatheredAt: number, sourceAt: number): void {
    if (this.#pieces.length === 0) this.#pieces = new Int32Array(2 * this.#recordLimit);
    this.#pieces[2 * this.#pieceCount] = gatheredAt;
    this.#pieces[2 * this.#pieceCount + 1] = sourceAt;
    this.#pieceCount++;
  }
}

/** `usual`: of major version 3. `any`: of a version up to 15.255, as Go takes the first; others take fewer. */
export type Records = 'usual' | 'any';

/** Content type handshake and a version that may be; as many of these as there are bytes for. */
export function startsLikeRecord(
  bytes: Uint8Array,
  at: number,
  end: number,
  which: Records = 'usual',
): boolean {
  if (at >= end || u8(bytes, at) !== CONTENT_HANDSHAKE) return false;
  return at + 1 >= end || isVersion(bytes, at, which);
}

/** A record that some servers pass over before and within a ClientHello: ChangeCipherSpec, or a warning (RFC 8446 §5, §6). */
export function startsLikePassedOver(bytes: Uint8Array, at: number, end: number): boolean {
  const type = u8(bytes, at);
  if (at >= end || (type !== CONTENT_CHANGE_CIPHER_SPEC && type !== CONTENT_ALERT)) return false;
  if (at + 1 < end && !isVersion(bytes, at, 'any')) return false;
  return at + RECORD_HEADER > end || u16(bytes, at + 3) <= 2;
}

function isVersion(bytes: Uint8Array, at: number, which: Records): boolean {
  const major = u8(bytes, at + 1);
  return which === 'any' ? major < 0x10 : major === 3;
}

/** What is short byte by byte: `set` needs a slice, which is an object for each record. */
function copy(
  target: Uint8Array,
  targetAt: number,
  source: Uint8Array,
  at: number,
  length: number,
): void {
  if (length > LONG) copyBytes(target, targetAt, source, at, at + length);
  else for (let i = 0; i < length; i++) target[targetAt + i] = u8(source, at + i);
}

const EMPTY = new Uint8Array(0);
const NO_PIECES = new Int32Array(0);
const LONG = 256;
