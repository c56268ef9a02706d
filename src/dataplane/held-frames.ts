import type { Millis } from '../base/units.ts';

interface Held<To> {
  readonly to: To;
  readonly frame: Uint8Array;
  readonly due: Millis;
  readonly origin: Origin;
}

/** A frame that came and is held back, or one that the box made. */
type Origin = 'came' | 'made';

/**
 * Frames that a verdict puts off, in the order in which they are due. Bounded, for each origin by itself, so that a flood leaves
 * room for what the box makes; what does not fit is lost and counted.
 */
export class HeldFrames<To> {
  readonly #limit: number;
  readonly #held: Held<To>[] = [];
  readonly #bytes = { came: 0, made: 0 };
  overflowed = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get deadline(): Millis {
    return this.#held[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** The frame must be the caller's to give away. Frames that are due together leave in the order they came. */
  push(to: To, frame: Uint8Array, due: Millis, origin: Origin): void {
    if (this.#bytes[origin] + frame.length > this.#limit) {
      this.overflowed++;
      return;
    }
    this.#bytes[origin] += frame.length;
    let at = this.#held.length;
    while (at > 0 && (this.#held[at - 1] as Held<To>).due > due) at--;
    this.#held.splice(at, 0, { to, frame, due, origin });
  }

  /** The next frame that is due, which is then no longer here. */
  shift(now: Millis): Held<To> | undefined {
    if (this.deadline > now) return undefined;
    const held = this.#held.shift();
    if (held !== undefined) this.#bytes[held.origin] -= held.frame.length;
    return held;
  }
}
