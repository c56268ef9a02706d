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
    if (!this.#budget.take(length)) return false;
    const owner = { seq, end: (seq + length) | 0 };
    const pieces: Piece[] = [];
    let from = 0;
    const placeUntil = (to: number): void => {
      if (to > from) {
        const own = bytes.slice(at + from, at + to);
        pieces.push({ seq: (seq + from) | 0, bytes: own, owner });
      }
      from = Math.max(from, to);
    };
    for (const piece of this.#pieces) {
      const start = seqDistance(seq, piece.seq);
      const stop = start + piece.bytes.length;
      const overlaps = start < length && stop > 0;
      if (!overlaps || !this.#isReplaced(piece.owner, owner)) {
        placeUntil(overlaps || start >= length ? Math.min(start, length) : 0);
        pieces.push(piece);
        from = Math.max(from, Math.min(stop, length));
      } else {
        if (start < 0) pieces.push(part(piece, 0, -start));
        if (stop > length) {
          placeUntil(length);
          pieces.push(part(piece, length - start, stop - start));
        }
      }
    }
    placeUntil(length);
    this.#pieces = pieces;
    this.#count(length);
    return true;
  }

  /** The next piece, if it begins at `nextSeq` or before: its bytes from there on, which are then no longer here. */
  shift(nextSeq: number): Uint8Array | undefined {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      const behind = seqDistance(first.seq, nextSeq);
      if (behind < 0) return undefined;
      this.#pieces.shift();
      this.#count(0);
      if (behind < first.bytes.length) {
        return behind === 0 ? first.bytes : first.bytes.subarray(behind);
      }
    }
    return undefined;
  }

  clear(): void {
    this.#pieces = [];
    this.#count(0);
  }

  /** `reserved` bytes were taken from the budget; what is held is now less or as much. */
  #count(reserved: number): void {
    const held = this.#pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
    this.#budget.giveBack(this.#held + reserved - held);
    this.#held = held;
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

function part(piece: Piece, from: number, to: number): Piece {
  const { seq, bytes, owner } = piece;
  return { seq: (seq + from) | 0, bytes: bytes.slice(from, to), owner }; // so that the rest is not kept
}

const MOST_PIECES = 64;
