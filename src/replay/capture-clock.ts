import type { Millis } from '../base/units.ts';
import { withinDates } from './dates.ts';

/** How many times of a capture are not what a clock shows. */
export interface OddTimes {
  /** Packets dated before or after all that a `Date` can hold: they count as of the first or the last moment that it can. */
  readonly impossible: number;
  /** Packets dated more than a second before one that precedes them: they count as of the latest time so far. */
  readonly backwards: number;
}

/** Makes of the times in a capture those of a clock, which never goes back. */
export class CaptureClock {
  /** Of the latest packet; Unix time. */
  now: Millis = 0;
  /** Of the first packet; undefined before there was one. */
  first: Millis | undefined = undefined;
  #impossible = 0;
  #backwards = 0;

  get oddTimes(): OddTimes {
    return { impossible: this.#impossible, backwards: this.#backwards };
  }

  /** The time of the next packet, which the capture dates `time`. */
  take(time: Millis): Millis {
    const bounded = withinDates(time);
    if (bounded !== time) this.#impossible++;
    if (this.first === undefined) {
      this.first = bounded;
      this.now = bounded;
    }
    if (bounded > this.now) this.now = bounded;
    // Captures of several interfaces go back by a little.
    else if (this.now - bounded > A_LITTLE) this.#backwards++;
    return this.now;
  }
}

const A_LITTLE: Millis = 1000;
