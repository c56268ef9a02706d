import type { Millis } from '../base/units.ts';

/**
 * How long an idle box keeps looking for frames before it sleeps. To be woken takes longer than most pauses within a
 * conversation last, so while pauses are short it looks on for a moment, and where they are long it sleeps at once. So it
 * does where frames come in crowds: a bulk transfer waits for no answer, and its ends need the processor.
 */
export class Patience {
  /** Of recent pauses; recent ones weigh most. */
  #average: Millis = LONG_PAUSE;
  /** Frames that a turn with work moved, on average. */
  #crowd = 0;
  #lastWork: Millis = 0;
  #isPausing = false;

  /** Whether to look again now, after a turn at `now` that moved `moved` frames. */
  looksOn(moved: number, now: Millis): boolean {
    if (moved > 0) {
      this.#crowd += (moved - this.#crowd) * WEIGHT;
      if (this.#isPausing) this.#learn(now - this.#lastWork);
      this.#isPausing = false;
      this.#lastWork = now;
      return true;
    }
    this.#isPausing = true;
    if (this.#crowd > CONVERSATION) return false;
    return this.#average < LONGEST_LOOK && now - this.#lastWork < LONGEST_LOOK;
  }

  #learn(pause: Millis): void {
    this.#average += (Math.min(pause, LONG_PAUSE) - this.#average) * WEIGHT;
  }
}

/** Several times what waking up takes, on machines where that is slow: virtual ones. */
const LONGEST_LOOK: Millis = 0.1;
/** A longer pause counts as this one, so that a few short ones outweigh it. */
const LONG_PAUSE: Millis = 0.4;
/** Frames a turn, at most, that still look like requests and answers. */
const CONVERSATION = 3;
const WEIGHT = 1 / 8;
