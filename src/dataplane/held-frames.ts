import type { Millis } from '../base/units.ts';

interface Held<To> {
  readonly to: To;
  readonly frame: Uint8Array;
  readonly due: Millis;
}

/** Frames that a verdict puts off, in the order in which they are due. Bounded; what does not fit is lost and counted. */
export class HeldFrames<To> {
  readonly #limit: number;
  readonly #held: Held<To>[] = [];
  #bytes = 0;
  overflowed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get deadline(): Millis {
    return this.#held[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** The frame must be the caller's to give away. Frames that are due together leave in the order they came. */
  push(to: To, frame: Uint8Array, due: Millis): void {
    if (this.#bytes + frame.length > this.#limit) {
      this.overflowed++;
      return;
    }
    this.#bytes += frame.length;
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1] as Held<To>).due > due) at--;
    this.#held.splice(at, 0, { to, frame, due });
  }

  /** The next frame that is due, which is then no longer here. */
  shift(now: Millis): Held<To> | undefined {
    if (this.deadline > now) return undefined;
    const held = this.#held.shift();
    this.#bytes -= held?.frame.length ?? 0;
    return held;
  }
}
