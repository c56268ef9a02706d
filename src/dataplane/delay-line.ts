import { copyBytes } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { Draws } from './draws.ts';

/** What a link does to each frame, either way. */
export interface Link {
  readonly delay: Millis;
  /** Up to so much more, drawn anew for each frame. */
  readonly jitter: Millis;
  /** The probability that it is lost. */
  readonly loss: number;
}

/**
 * One direction of a link: frames on their way, first in first out, each due when its time is over and none before an earlier
 * one. Frames lie in one circular byte log; an empty line starts again at its beginning, so that light traffic stays in the
 * cache.
 */
export class DelayLine {
  readonly bytes: Uint8Array;
  /** Of the frame `isDue` found; valid until `shift`. */
  frameAt = 0;
  frameEnd = 0;
  /** When that frame was put in. */
  enteredAt: Millis = 0;
  /** Frames that found the line full. */
  overflowed = 0;
  /** Frames that the link lost, as it is meant to. */
  lost = 0;
  /** Whether a frame comes out as it is put in. */
  readonly isInstant: boolean;
  readonly #delay: Millis;
  /** Of jitter, for one of the 2^32 values of a draw. */
  readonly #jitterStep: Millis;
  readonly #draws: Pick<Draws, 'next'>;
  /** Draws below it lose a frame. */
  readonly #lossBelow: number;
  readonly #starts = new Int32Array(MAX_FRAMES);
  readonly #ends = new Int32Array(MAX_FRAMES);
  readonly #entered = new Float64Array(MAX_FRAMES);
  readonly #due = new Float64Array(MAX_FRAMES);
  #head = 0;
  #count = 0;
  #writeAt: number;
  readonly #at: number;
  readonly #end: number;

  /** The log is `bytes[at, at + capacity)`. Where the link leaves nothing to chance, nothing is drawn. */
  constructor(
    { delay, jitter, loss }: Link,
    draws: Pick<Draws, 'next'>,
    bytes: Uint8Array,
    at: number,
    capacity: number,
  ) {
    this.isInstant = delay === 0 && jitter === 0;
    this.#delay = delay;
    this.#jitterStep = jitter / DRAWN;
    this.#lossBelow = LEAST_DRAWN + loss * DRAWN;
    this.#draws = draws;
    this.bytes = bytes;
    this.#at = at;
    this.#end = at + capacity;
    this.#writeAt = at;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** When the first frame is due; Infinity when there is none. */
  get deadline(): Millis {
    return this.#count === 0 ? Infinity : (this.#due[this.#head] as number);
  }

  /** Whether the link loses the next frame, which is then counted and not to be put in. */
  loses(): boolean {
    if (this.#lossBelow === LEAST_DRAWN || this.#draws.next() >= this.#lossBelow) return false;
    this.lost++;
    return true;
  }

  push(bytes: Uint8Array, at: number, end: number, now: Millis): void {
    const start = this.#place(end - at);
    if (start < 0) {
      this.overflowed++;
      return;
    }
    const slot = (this.#head + this.#count) % MAX_FRAMES;
    copyBytes(this.bytes, start, bytes, at, end);
    this.#starts[slot] = start;
    this.#ends[slot] = start + end - at;
    this.#entered[slot] = now;
    this.#due[slot] = now + this.#delay;
    if (this.#jitterStep > 0) this.#jitter(slot);
    this.#count++;
    this.#writeAt = start + end - at;
  }

  /** True when the first frame is due; `frameAt`, `frameEnd` and `enteredAt` then describe it. */
  isDue(now: Millis): boolean {
    if (this.#count === 0 || (this.#due[this.#head] as number) > now) return false;
    this.frameAt = this.#starts[this.#head] as number;
    this.frameEnd = this.#ends[this.#head] as number;
    this.enteredAt = this.#entered[this.#head] as number;
    return true;
  }

  shift(): void {
    this.#head = (this.#head + 1) % MAX_FRAMES;
    this.#count--;
    if (this.#count === 0) this.#writeAt = this.#at;
  }

  /** Puts off what is in a slot, and not before the frame ahead of it. */
  #jitter(slot: number): void {
    const due = this.#due;
    (due[slot] as number) += (this.#draws.next() - LEAST_DRAWN) * this.#jitterStep;
    if (this.#count === 0) return;
    const ahead = (slot + MAX_FRAMES - 1) % MAX_FRAMES;
    due[slot] = Math.max(due[slot] as number, due[ahead] as number);
  }

  /** Where `length` bytes fit without touching frames that wait; -1 when they do not. */
  #place(length: number): number {
    if (this.#count === MAX_FRAMES) return -1;
    if (this.#count === 0) return this.#at + length <= this.#end ? this.#at : -1;
    const oldest = this.#starts[this.#head] as number;
    if (this.#writeAt > oldest) {
      if (this.#writeAt + length <= this.#end) return this.#writeAt;
      return this.#at + length <= oldest ? this.#at : -1;
    }
    return this.#writeAt + length <= oldest ? this.#writeAt : -1;
  }
}

const MAX_FRAMES = 65_536;
/** How many values a draw may have, and the least of them. */
const DRAWN = 2 ** 32;
const LEAST_DRAWN = -(2 ** 31);
