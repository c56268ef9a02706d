import { copyBytes, u8 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import { seqDistance } from '../wire/tcp.ts';
import { EarlySegments } from './early-segments.ts';
import type { StreamKnobs } from './knobs.ts';
import type { MemoryBudget } from './memory-budget.ts';

/**
 * What became of a segment: it made the window `grow`; it `waits` for a gap to fill; it brought nothing new (`old`); there was
 * no room for it (`refused`); or it says something else than an earlier copy, and the policy is strict (`conflict`).
 */
export type Pushed = 'grew' | 'waits' | 'old' | 'refused' | 'conflict';

/**
 * One direction of a flow as contiguous bytes, for a box that waits for the rest of a message. Segments that come early are
 * copied and wait for the gap to fill. What is held is bounded by the knobs' limit and by the budget.
 */
export class ByteStream {
  /** The window: contiguous bytes that nobody has consumed yet. Indices into `bytes`, valid until the next `push`. */
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** Stream offset of the byte at `at`; the first byte after the SYN has offset 0. */
  offset = 0;
  /** Nothing further will be read: the stream is not of a known kind, was decided, or went over a limit. */
  isClosed = false;
  /** The next message may start at any segment: the beginning was missed. */
  isResyncing = false;
  /** Something was passed over: what looks like a message may stand in the middle of another. */
  hasGap = false;
  /** Of the byte after the window. */
  nextSeq = 0;
  startSeq = 0;
  /** Stream offset up to which somebody has looked at raw bytes. */
  scanned = 0;
  /** The same, for the end of the message in the window. */
  searched = 0;
  /** What a reader keeps between segments, beside the window; see `keepReading`. */
  reading: unknown = undefined;
  /** The message in the window has set a rule off, and need not do so again when more of it comes. */
  isTold = false;
  /** What the message in the window waits for, as its reader has it; 0 if it has not been read yet. */
  wanted = 0;
  /** Bytes of the window that may be read, or read again: each segment brings some. */
  #readable = READABLE_PER_SEGMENT;
  /** Segments of the current message, and when it was first held. */
  #packets = 0;
  #since: Millis | undefined = undefined;
  readonly #knobs: StreamKnobs;
  readonly #budget: MemoryBudget;
  readonly #early: EarlySegments;
  #urgentSeq: number | undefined = undefined;
  /** Bytes at the window's end that came since the last one that was left out; or as good as all, if there was none. */
  #sinceHole = MOST;
  #isStarted = false;
  #isDone = false;
  /** Bytes of a message body still to come, which nobody reads. */
  #skip = 0;
  #own: Uint8Array = EMPTY;
  /** Bytes of memory that it takes beside `#own`. */
  #upkeep = 0;
  /** Bytes before `at` that were consumed, from the beginning of a message on; and how many of them may still be replaced. */
  #history = 0;
  #open = 0;

  constructor(knobs: StreamKnobs, budget: MemoryBudget) {
    this.#knobs = knobs;
    this.#budget = budget;
    this.#early = new EarlySegments(knobs.overlap, knobs.limit.bytes, budget);
    if (budget.take(OWN_COST)) this.#upkeep = OWN_COST;
  }

  /** Without room for its own upkeep a stream is of no use. */
  get hasRoom(): boolean {
    return this.#upkeep > 0;
  }

  /** The sequence number of the first byte, from the SYN; without it, that of the first segment. */
  start(seq: number): void {
    this.#isStarted = true;
    this.nextSeq = seq;
    this.startSeq = seq;
  }

  /** Keeps what a reader needs, which takes `cost` bytes of memory. */
  keepReading(reading: unknown, cost: number): void {
    this.reading = reading;
    this.#upkeep += cost;
    this.#budget.giveBack(-cost); // whether there is room is asked when something is held
  }

  /** A segment comes; whether the message that it belongs to has taken longer than the limit. */
  isOverdue(now: Millis): boolean {
    const { time } = this.#knobs.limit;
    return time > 0 && this.#since !== undefined && now - this.#since > time;
  }

  /** All was read, and may still be replaced. */
  get isFinished(): boolean {
    return this.#isDone;
  }

  /** Takes in a segment. */
  push(seq: number, bytes: Uint8Array, at: number, end: number): Pushed {
    if (this.isClosed || end === at) return 'old';
    this.#countSegment();
    if (!this.#isStarted) this.start(seq);
    return this.#take(seq, bytes, at, end);
  }

  #countSegment(): void {
    this.#packets++;
    this.#readable = Math.min(this.#readable + READABLE_PER_SEGMENT, MOST_READABLE);
  }

  #take(seq: number, bytes: Uint8Array, at: number, end: number): Pushed {
    if (end === at) return 'old';
    if (this.#knobs.overlap === 'strict' && this.#conflicts(seq, bytes, at, end)) return 'conflict';
    const wasReplaced = this.#knobs.overlap === 'last' && this.#replace(seq, bytes, at, end);
    if (this.#isDone) return 'old';
    const ahead = seqDistance(this.nextSeq, seq);
    if (ahead > 0) return this.#early.insert(seq, bytes, at, end) ? 'waits' : 'refused';
    if (at - ahead >= end) return wasReplaced ? 'grew' : 'old';
    // Without room to weigh it against what came early, the segment whose turn it is goes first.
    const isWeighed =
      !this.#early.isEmpty && this.#early.insert(this.nextSeq, bytes, at - ahead, end);
    if (!isWeighed) this.#append(bytes, at - ahead, end);
    this.#appendEarly();
    return this.end > this.at ? 'grew' : 'old';
  }

  /**
   * An urgent pointer says that this byte is no part of the stream, unless it has been read already. Of two that are waited
   * for the later counts, as in Linux (`tcp_check_urg`).
   */
  leaveOut(seq: number): void {
    if (seqDistance(this.nextSeq, seq) < 0) return;
    const known = this.#urgentSeq;
    if (known === undefined || seqDistance(known, seq) > 0) this.#urgentSeq = seq;
  }

  /**
   * Whether the window may be read once more. A message is read again with each segment of it, which takes quadratic time
   * where these are tiny; so a segment pays for what a large one would cost, and what is over is kept. `isUrgent`: it is
   * read whether that is paid for or not.
   */
  payForReading(isUrgent: boolean): boolean {
    const length = this.end - this.at;
    if (length > this.#readable && !isUrgent) return false;
    this.#readable = Math.max(0, this.#readable - length);
    return true;
  }

  /** Drops `count` bytes from the window, then `skip` more, whether they are there yet or not. */
  consume(count: number, skip = 0): void {
    this.at += count;
    this.offset += count;
    if (this.#keepsHistory && skip === 0) {
      this.#history += count;
      this.#open += count;
    } else this.#forgetHistory();
    this.#packets = 0;
    this.#since = undefined;
    this.wanted = 0;
    this.isTold = false;
    this.#skip = skip;
    this.#skipNow();
  }

  /** Copies what is left of the window, so that it outlives the packet it came in. False when a limit is reached. */
  hold(now: Millis): boolean {
    const { limit } = this.#knobs;
    const length = this.end - this.at;
    if (this.isResyncing && length > limit.bytes) this.consume(length);
    if (this.#history + length > limit.bytes) this.#forgetHistory();
    if (!this.#copy()) return false;
    if (this.end === this.at) return true;
    this.#since ??= now;
    const isOver =
      length > limit.bytes ||
      (limit.packets > 0 && this.#packets >= limit.packets) ||
      (limit.time > 0 && now - this.#since > limit.time);
    return !isOver;
  }

  /** Nothing more is to be read, unless what was read is replaced while it still can be. */
  finish(): void {
    this.consume(this.end - this.at);
    this.#isDone = true;
    if (this.#history > this.#knobs.limit.bytes) this.#forgetHistory();
    if (this.#history === 0 || !this.#copy()) this.close();
  }

  /** The receiver has everything before `ack`: that cannot be replaced any more. */
  acknowledge(ack: number): void {
    if (this.#history === 0) return;
    this.#open = Math.min(this.#open, seqDistance(ack, this.#seqAt(this.at)));
    if (this.#open > 0) return;
    this.#forgetHistory();
    if (this.#isDone) this.close();
  }

  /**
   * Passes over missing bytes, up to `seq` or to the first bytes that came early. Reading goes on in the middle of anything,
   * unless all missing bytes are of a body whose length is known.
   */
  skipGap(seq: number): void {
    const first = this.#early.firstSeq;
    const next = first !== undefined && seqDistance(seq, first) < 0 ? first : seq;
    const lost = seqDistance(this.nextSeq, next);
    const unread = this.end - this.at;
    const isOfBody = unread === 0 && lost <= this.#skip;
    const skip = isOfBody ? this.#skip - lost : 0;
    this.consume(unread);
    this.#forgetHistory();
    this.offset += lost;
    this.scanned = Math.max(this.scanned, this.offset);
    this.nextSeq = next;
    this.#sinceHole = 0;
    this.#skip = skip;
    if (!isOfBody) {
      this.isResyncing = true;
      this.hasGap = true;
      this.reading = undefined;
    }
    this.#appendEarly();
  }

  /**
   * A segment from `seq` to `end` was not let through after all: it is still to come. Early segments behind it wait for it again.
   */
  takeBack(seq: number, end: number): void {
    const count = Math.min(seqDistance(seq, this.nextSeq), this.end - this.at);
    if (count <= 0) return;
    const early = Math.min(seqDistance(end, this.nextSeq), count, this.#sinceHole);
    const earlyAt = this.end - early;
    if (early > 0) this.#early.insert(this.#seqAt(earlyAt), this.bytes, earlyAt, this.end);
    this.nextSeq = (this.nextSeq - count) | 0;
    this.end -= count;
    const endOffset = this.offset + this.end - this.at;
    this.scanned = Math.min(this.scanned, endOffset);
    this.searched = Math.min(this.searched, endOffset);
  }

  close(): void {
    this.isClosed = true;
    this.#release();
    this.#budget.giveBack(this.#upkeep);
    this.#upkeep = 0;
    this.reading = undefined;
    this.at = 0;
    this.end = 0;
    this.#forgetHistory();
    this.#early.clear();
  }

  get #keepsHistory(): boolean {
    const { mode, overlap } = this.#knobs;
    return mode === 'full' && (overlap === 'last' || overlap === 'strict');
  }

  #appendEarly(): void {
    for (let piece = this.#next(); piece !== undefined; piece = this.#next()) {
      this.#append(piece, 0, piece.length);
    }
  }

  #next(): Uint8Array | undefined {
    return this.#early.isEmpty ? undefined : this.#early.shift(this.nextSeq);
  }

  /** Of a byte behind the last one that was left out. */
  #seqAt(index: number): number {
    return (this.nextSeq - (this.end - index)) | 0;
  }

  /** From here on, what is held may be compared with what comes. */
  get #comparableAt(): number {
    return Math.max(this.at - this.#open, this.end - this.#sinceHole);
  }

  #conflicts(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    if (!this.#early.isEmpty && this.#early.conflictsWith(seq, bytes, at, end)) return true;
    const heldAt = this.#comparableAt;
    const start = seqDistance(this.#seqAt(heldAt), seq);
    const last = Math.min(end - at, this.end - heldAt - start);
    for (let i = Math.max(0, -start); i < last; i++) {
      if (u8(bytes, at + i) !== u8(this.bytes, heldAt + start + i)) return true;
    }
    return false;
  }

  /** Writes the segment over what is held. A message that was read and now says something else is read again. */
  #replace(seq: number, bytes: Uint8Array, at: number, end: number): boolean {
    const heldAt = this.#comparableAt;
    const start = seqDistance(this.#seqAt(heldAt), seq);
    const last = Math.min(end - at, this.end - heldAt - start);
    let isOther = false;
    let changedBefore = false;
    for (let i = Math.max(0, -start); i < last; i++) {
      const target = heldAt + start + i;
      if (u8(this.bytes, target) === u8(bytes, at + i)) continue;
      this.bytes[target] = u8(bytes, at + i);
      this.scanned = Math.min(this.scanned, this.offset + target - this.at);
      isOther = true;
      if (target < this.at) changedBefore = true;
    }
    if (isOther) {
      this.wanted = 0;
      this.isTold = false;
    }
    if (changedBefore) {
      this.at -= this.#history;
      this.offset -= this.#history;
      this.#forgetHistory();
      this.#isDone = false;
    }
    return isOther;
  }

  #append(bytes: Uint8Array, at: number, end: number): void {
    const { nextSeq } = this;
    const urgentAt = at + seqDistance(nextSeq, this.#urgentSeq ?? nextSeq);
    if (this.#urgentSeq === undefined || urgentAt < at || urgentAt >= end) {
      this.#appendAll(bytes, at, end);
      return;
    }
    this.#urgentSeq = undefined;
    this.#appendAll(bytes, at, urgentAt);
    this.nextSeq = (this.nextSeq + 1) | 0;
    this.#sinceHole = 0;
    this.#appendAll(bytes, urgentAt + 1, end);
  }

  #appendAll(bytes: Uint8Array, at: number, end: number): void {
    this.nextSeq = (this.nextSeq + end - at) | 0;
    this.#sinceHole = Math.min(this.#sinceHole + end - at, MOST);
    if (this.end === this.at && this.#history === 0) {
      this.bytes = bytes;
      this.at = at;
      this.end = end;
    } else {
      this.#grow(bytes, at, end);
    }
    this.#skipNow();
  }

  #grow(bytes: Uint8Array, at: number, end: number): void {
    if (this.bytes === this.#own && this.end + end - at <= this.#own.length) {
      copyBytes(this.#own, this.end, bytes, at, end);
      this.end += end - at;
      return;
    }
    const held = this.bytes.subarray(this.at - this.#history, this.end);
    const own = this.#room(held.length + end - at);
    own.set(held, 0);
    own.set(bytes.subarray(at, end), held.length);
    this.bytes = own;
    this.at = this.#history;
    this.end = held.length + end - at;
  }

  /** Whether there was room for a copy of the window and of what may still be replaced. */
  #copy(): boolean {
    const length = this.end - this.at + this.#history;
    if (length === 0) {
      this.#release();
      this.at = 0;
      this.end = 0;
    } else if (this.bytes !== this.#own) {
      const held = this.bytes.subarray(this.at - this.#history, this.end);
      const own = this.#room(length);
      own.set(held, 0);
      this.bytes = own;
      this.at = this.#history;
      this.end = length;
    }
    return this.#budget.used <= this.#budget.limit;
  }

  #skipNow(): void {
    const skipped = Math.min(this.#skip, this.end - this.at);
    if (skipped === 0) return;
    this.#skip -= skipped;
    this.at += skipped;
    this.offset += skipped;
    this.#forgetHistory();
    this.#packets = 0; // of the next message
    this.#since = undefined;
  }

  #forgetHistory(): void {
    this.#history = 0;
    this.#open = 0;
  }

  #release(): void {
    this.#budget.giveBack(this.#own.length);
    this.#own = EMPTY;
    this.bytes = EMPTY;
  }

  #room(length: number): Uint8Array {
    if (this.#own.length < length) {
      const room = Math.max(2 * length, 2048);
      this.#budget.giveBack(this.#own.length - room);
      this.#own = new Uint8Array(room);
    }
    return this.#own;
  }
}

const EMPTY = new Uint8Array(0);
const MOST = 0x3fff_ffff;
/** Bytes of memory of a stream in which nothing is held, about. */
const OWN_COST = 384;
/** As much as there is in a segment, and some; so a message of up to 4 KiB is read with each of its bytes. */
const READABLE_PER_SEGMENT = 2048;
const MOST_READABLE = 1 << 24;
