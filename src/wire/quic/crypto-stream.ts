import { copyBytes, u8 } from '../../base/bytes.ts';
import { CRYPTO, skipFrame } from './frames.ts';
import { varint, varintEnd } from './varint.ts';

/**
 * The handshake bytes that one direction's Initials carry, put in order by their offsets (RFC 9000 §19.6): TLS messages
 * without a record layer. CRYPTO frames may come in any order, within a packet and across packets; of a byte that comes
 * twice the first copy counts. Bytes past `limit` are not kept, nor is what would leave too many gaps.
 */
export class CryptoStream {
  /** `bytes[at, end)` is what there is without a gap, from offset 0 on; valid until the next `take`. */
  bytes: Uint8Array = EMPTY;
  readonly at = 0;
  end = 0;
  readonly #limit: number;
  /** What is there beyond a gap, by offset; no two of them touch. */
  #islands: Island[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes in the frames of one packet, up to the first that no Initial may hold; true when `end` grew. */
  take(bytes: Uint8Array, at: number, end: number): boolean {
    const before = this.end;
    let i = at;
    while (i >= 0 && i < end) {
      i = u8(bytes, i) === CRYPTO ? this.#takeCrypto(bytes, i, end) : skipFrame(bytes, i, end);
    }
    return this.end > before;
  }

  /** Forgets every byte: another connection begins. */
  clear(): void {
    this.end = 0;
    this.#islands = [];
  }

  #takeCrypto(bytes: Uint8Array, at: number, end: number): number {
    const lengthAt = varintEnd(bytes, at + 1, end);
    const contentsAt = varintEnd(bytes, lengthAt, end);
    if (contentsAt < 0) return -1;
    const contentsEnd = contentsAt + varint(bytes, lengthAt);
    if (contentsEnd > end) return -1;
    this.#push(varint(bytes, at + 1), bytes, contentsAt, contentsEnd);
    return contentsEnd;
  }

  #push(offset: number, bytes: Uint8Array, at: number, end: number): void {
    const from = Math.max(offset, this.end);
    const to = Math.min(offset + end - at, this.#limit);
    if (from >= to) return;
    const first = this.#countBefore(from);
    const next = this.#countUpTo(to);
    const isAlone = first === next && from > this.end;
    if (isAlone && this.#islands.length === MOST_ISLANDS) return;
    this.#makeRoom(to);
    this.#fillGaps(from, to, bytes, at - offset);
    const touched = this.#islands.splice(first, next - first);
    const start = Math.min(from, touched[0]?.from ?? from);
    const stop = Math.max(to, touched.at(-1)?.to ?? to);
    if (start <= this.end) this.end = stop;
    else this.#islands.splice(first, 0, { from: start, to: stop });
  }

  /** How many islands end before `from`, without touching it. */
  #countBefore(from: number): number {
    let count = 0;
    for (const island of this.#islands) if (island.to < from) count++;
    return count;
  }

  /** How many begin at `to` or before. */
  #countUpTo(to: number): number {
    let count = 0;
    for (const island of this.#islands) if (island.from <= to) count++;
    return count;
  }

  /** `shift` is what turns an offset into an index of `bytes`. */
  #fillGaps(from: number, to: number, bytes: Uint8Array, shift: number): void {
    let gapFrom = from;
    for (const island of this.#islands) {
      if (island.to <= gapFrom) continue;
      if (island.from >= to) break;
      if (island.from > gapFrom) {
        copyBytes(this.bytes, gapFrom, bytes, gapFrom + shift, island.from + shift);
      }
      gapFrom = island.to;
    }
    if (gapFrom < to) copyBytes(this.bytes, gapFrom, bytes, gapFrom + shift, to + shift);
  }

  #makeRoom(length: number): void {
    if (this.bytes.length >= length) return;
    const room = new Uint8Array(Math.min(this.#limit, Math.max(2 * length, 2048)));
    room.set(this.bytes);
    this.bytes = room;
  }
}

/** Offsets of a stretch beyond a gap. */
interface Island {
  readonly from: number;
  readonly to: number;
}

const EMPTY = new Uint8Array(0);
/** So that one frame costs a bounded time; Chromium cuts a ClientHello into about ten. */
const MOST_ISLANDS = 64;
