import { copyBytes } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';

/**
 * Frames on their way along a link, first in first out, each due a fixed time after it was put in. Frames lie in one
 * circular byte log; an empty line starts again at its beginning, so that light traffic stays in the cache.
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
  readonly #delay: Millis;
  readonly #starts = new Int32Array(MAX_FRAMES);
  readonly #ends = new Int32Array(MAX_FRAMES);
  readonly #entered = new Float64Array(MAX_FRAMES);
  #head = 0;
  #count = 0;
  #writeAt: number;
  readonly #at: number;
  readonly #end: number;

  /** The log is `bytes[at, at + capacity)`. */
  constructor(delay: Millis, bytes: Uint8Array, at: number, capacity: number) {
    this.#delay = delay;
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
    return this.#count === 0 ? Infinity : (this.#entered[this.#head] as number) + this.#delay;
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
    this.#count++;
    this.#writeAt = start + end - at;
  }

  /** True when the first frame is due; `frameAt`, `frameEnd` and `enteredAt` then describe it. */
  isDue(now: Millis): boolean {
    if (this.deadline > now) return false;
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
