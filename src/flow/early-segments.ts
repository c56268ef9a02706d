import { u8 } from '../base/bytes.ts';
import { seqDistance } from '../wire/tcp.ts';
import type { StreamKnobs } from './knobs.ts';
import type { MemoryBudget } from './memory-budget.ts';

/**
 * Segments that came before their turn, as copies without overlap, in sequence order. Where two copies of a byte differ, the
 * overlap policy says which counts. Bounded in bytes and in pieces, so that one packet costs a bounded time.
 */
export class EarlySegments {
  #pieces: Piece[] = [];
  #held = 0;
  readonly #overlap: StreamKnobs['overlap'];
  readonly #limit: number;
  readonly #budget: MemoryBudget;

  constructor(overlap: StreamKnobs['overlap'], limit: number, budget: MemoryBudget) {
    this.#overlap = overlap;
    this.#limit = limit;
    this.#budget = budget;
  }

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  get firstSeq(): number | undefined {
    return this.#pieces[0]?.seq;
  }

  /** Whether a byte of the segment is here already with another value. */
  conflictsWith(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    return this.#pieces.some((piece) => {
      const from = seqDistance(seq, piece.seq);
      const last = Math.min(from + piece.bytes.length, end - at);
      for (let i = Math.max(from, 0); i < last; i++) {
        if (u8(bytes, at + i) !== u8(piece.bytes, i - from)) return true;
      }
      return false;
    });
  }

  /** Takes in a copy of a segment, or nothing of it when there is no room. */
  insert(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    const length = end - at;
    if (this.#pieces.length >= MOST_PIECES || this.#held + length > this.#limit) return false;
    const owner = { seq, end: (seq + length) | 0 };
    const first = this.#firstEndingAfter(seq);
    const next = this.#firstBeginningFrom(owner.end, first);
    const touched = this.#pieces.slice(first, next);
    const placed = this.#place(owner, bytes.subarray(at, end), touched);
    if (!this.#budget.take(costOf(placed) - costOf(touched))) return false;
    this.#pieces.splice(first, touched.length, ...placed);
    this.#held += bytesOf(placed) - bytesOf(touched);
    return true;
  }

  /** The next piece, if it begins at `nextSeq` or before: its bytes from there on, which are then no longer here. */
  shift(nextSeq: number): Uint8Array | undefined {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      const behind = seqDistance(first.seq, nextSeq);
      if (behind < 0) return undefined;
      this.#pieces.shift();
      this.#held -= first.bytes.length;
      this.#budget.giveBack(first.bytes.length + PIECE_COST);
      if (behind < first.bytes.length) {
        return behind === 0 ? first.bytes : first.bytes.subarray(behind);
      }
    }
    return undefined;
  }

  clear(): void {
    this.#budget.giveBack(costOf(this.#pieces));
    this.#held = 0;
    this.#pieces = [];
  }

  /** What becomes of the pieces that a segment overlaps: they and its own bytes, in order and without overlap. */
  #place(owner: Range, bytes: Uint8Array, touched: readonly Piece[]): Piece[] {
    const { length } = bytes;
    const pieces: Piece[] = [];
    let from = 0;
    const placeUntil = (to: number): void => {
      if (to > from)
        pieces.push({ seq: (owner.seq + from) | 0, bytes: bytes.slice(from, to), owner });
      from = Math.max(from, to);
    };
    for (const piece of touched) {
      const start = seqDistance(owner.seq, piece.seq);
      const stop = start + piece.bytes.length;
      if (!this.#isReplaced(piece.owner, owner)) {
        placeUntil(start);
        pieces.push(piece);
        from = Math.max(from, Math.min(stop, length));
        continue;
      }
      if (start < 0) pieces.push(part(piece, 0, -start));
      if (stop > length) {
        placeUntil(length);
        pieces.push(part(piece, length - start, stop - start));
      }
    }
    placeUntil(length);
    return pieces;
  }

  #firstEndingAfter(seq: number): number {
    return this.#firstWhere(0, (piece) => seqDistance(seq, piece.seq) + piece.bytes.length > 0);
  }

  #firstBeginningFrom(seq: number, from: number): number {
    return this.#firstWhere(from, (piece) => seqDistance(seq, piece.seq) >= 0);
  }

  /** The pieces are in order: from some place on, all of them are so. */
  #firstWhere(from: number, isSo: (piece: Piece) => boolean): number {
    let low = from;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isSo(this.#pieces[middle] as Piece)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * Linux: the segment that begins earlier wins, and of two that begin together the one that ends later (tcp_data_queue_ofo
   * in net/ipv4/tcp_input.c). Windows: what came first, unless the new one reaches beyond it at both ends (a surrogate).
   */
  #isReplaced(old: Range, next: Range): boolean {
    const begins = seqDistance(next.seq, old.seq);
    const ends = seqDistance(old.end, next.end);
    switch (this.#overlap) {
      case 'last':
        return true;
      case 'linux':
        return begins > 0 || (begins === 0 && ends > 0);
      case 'windows':
        return begins > 0 && ends > 0;
      default:
        return false;
    }
  }
}

/** Of the segment that a piece came in. */
interface Range {
  readonly seq: number;
  readonly end: number;
}

interface Piece {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly owner: Range;
}

function bytesOf(pieces: readonly Piece[]): number {
  let sum = 0;
  for (const { bytes } of pieces) sum += bytes.length;
  return sum;
}

function costOf(pieces: readonly Piece[]): number {
  return bytesOf(pieces) + PIECE_COST * pieces.length;
}

function part(piece: Piece, from: number, to: number): Piece {
  const { seq, bytes, owner } = piece;
  return { seq: (seq + from) | 0, bytes: bytes.slice(from, to), owner }; // so that the rest is not kept
}

/** A ClientHello in records of one byte, and these byte by byte in any order, has fewer. */
const MOST_PIECES = 8192;
/** Bytes of memory that a piece takes up beside its own. */
const PIECE_COST = 128;
