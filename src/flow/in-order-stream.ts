import { seqDistance } from '../wire/tcp.ts';

/**
 * One direction of a flow as contiguous bytes, for a censor that waits for the rest of a request. Segments that come
 * early are copied and wait for the gap to fill; bytes that were seen already are trimmed (the first copy counts).
 * Memory per direction is bounded by `limit` bytes of window and as many of early segments.
 */
export class InOrderStream {
  /** The window: contiguous bytes that nobody has consumed yet. Indices into `bytes`, valid until the next `push`. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** Stream offset of the byte at `at`; the first byte after the SYN has offset 0. */
  offset = 0;
  /** Nothing further will be read: the stream is not of a known kind, or went over the limit. */
  isClosed = false;
  /** The next message may start at any segment: the beginning was missed, or a body of unknown length goes on. */
  isResyncing = false;
  readonly #limit: number;
  #nextSeq = 0;
  #isStarted = false;
  /** Bytes of a message body still to come, which nobody reads. */
  #skip = 0;
  #own: Uint8Array = EMPTY;
  #early: EarlySegment[] = [];
  #earlyBytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The sequence number of the first byte, from the SYN; without it, that of the first segment. */
  start(seq: number): void {
    this.#isStarted = true;
    this.#nextSeq = seq;
  }

  /** Takes in a segment; true when the window grew. */
  push(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    if (this.isClosed || end === at) return false;
    if (!this.#isStarted) this.start(seq);
    const ahead = seqDistance(this.#nextSeq, seq);
    if (ahead > 0) {
      this.#keepEarly(seq, bytes, at, end);
      return false;
    }
    if (at - ahead >= end) return false;
    this.#append(bytes, at - ahead, end);
    this.#drainEarly();
    return this.end > this.at;
  }

  /** Drops `count` bytes from the window, then `skip` more, whether they are there yet or not. */
  consume(count: number, skip = 0): void {
    this.at += count;
    this.offset += count;
    this.#skip = skip;
    this.#skipNow();
  }

  /** Copies what is left of the window, so that it outlives the packet it came in. */
  hold(): void {
    const length = this.end - this.at;
    if (length === 0) {
      this.at = 0;
      this.end = 0;
      this.bytes = this.#own;
    } else if (this.bytes !== this.#own) {
      const own = this.#room(length);
      own.set(this.bytes.subarray(this.at, this.end), 0);
      this.bytes = own;
      this.at = 0;
      this.end = length;
    }
    if (length <= this.#limit) return;
    if (this.isResyncing) this.consume(length);
    else this.close();
  }

  close(): void {
    this.isClosed = true;
    this.#own = EMPTY;
    this.bytes = EMPTY;
    this.at = 0;
    this.end = 0;
    this.#early = [];
    this.#earlyBytes = 0;
  }

  #append(bytes: Uint8Array, at: number, end: number): void {
    this.#nextSeq = (this.#nextSeq + end - at) | 0;
    if (this.end === this.at) {
      this.bytes = bytes;
      this.at = at;
      this.end = end;
    } else {
      this.#grow(bytes, at, end);
    }
    this.#skipNow();
  }

  #grow(bytes: Uint8Array, at: number, end: number): void {
    const held = this.end - this.at;
    const length = held + end - at;
    const window = this.bytes.subarray(this.at, this.end);
    const own = this.#room(length);
    own.set(window, 0);
    own.set(bytes.subarray(at, end), held);
    this.bytes = own;
    this.at = 0;
    this.end = length;
  }

  #skipNow(): void {
    const skipped = Math.min(this.#skip, this.end - this.at);
    this.#skip -= skipped;
    this.at += skipped;
    this.offset += skipped;
  }

  #room(length: number): Uint8Array {
    if (this.#own.length < length) this.#own = new Uint8Array(Math.max(2 * length, 2048));
    return this.#own;
  }

  /** Keeps what no earlier segment has brought already: the first copy of a byte counts. `#early` stays sorted. */
  #keepEarly(seq: number, bytes: Uint8Array, at: number, end: number): void {
    const length = end - at;
    let from = 0;
    for (let i = 0; i < this.#early.length && from < length; i++) {
      const kept = this.#early[i] as EarlySegment;
      const keptFrom = seqDistance(seq, kept.seq);
      const keptTo = keptFrom + kept.bytes.length;
      if (keptTo <= from) continue;
      const pieceEnd = Math.min(keptFrom, length);
      if (pieceEnd > from && this.#insertEarly(i, seq, bytes, at, from, pieceEnd)) i++;
      from = keptTo;
    }
    if (from < length) this.#insertEarly(this.#early.length, seq, bytes, at, from, length);
  }

  #insertEarly(
    index: number,
    seq: number,
    bytes: Uint8Array,
    at: number,
    from: number,
    to: number,
  ): boolean {
    const isFull = this.#early.length === MOST_EARLY || this.#earlyBytes + to - from > this.#limit;
    if (isFull) return false;
    const piece = { seq: (seq + from) | 0, bytes: bytes.slice(at + from, at + to) };
    this.#early.splice(index, 0, piece);
    this.#earlyBytes += to - from;
    return true;
  }

  #drainEarly(): void {
    for (let first = this.#early[0]; first !== undefined; first = this.#early[0]) {
      const ahead = seqDistance(this.#nextSeq, first.seq);
      if (ahead > 0) return;
      this.#early.shift();
      this.#earlyBytes -= first.bytes.length;
      if (-ahead < first.bytes.length) this.#append(first.bytes, -ahead, first.bytes.length);
    }
  }
}

interface EarlySegment {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

const EMPTY = new Uint8Array(0);
/** Early segments kept at most, so that one packet costs a bounded time. */
const MOST_EARLY = 64;
