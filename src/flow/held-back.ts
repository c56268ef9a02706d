import type { Millis } from '../base/units.ts';

/** What is held back of one direction of a flow, and what waits behind it for no other reason than to keep its place. */
export class HeldBack {
  /** In an array: a field that holds a fraction is allocated anew for each. */
  readonly #until = new Float64Array([Number.NEGATIVE_INFINITY]);
  #bytesBehind = 0;

  /** When the last of it goes on its way. */
  get until(): Millis {
    return this.#until[0] as number;
  }

  /** A packet is held back until then, or longer if one before it is. */
  note(until: Millis, now: Millis): void {
    if (this.until <= now) this.#bytesBehind = 0;
    this.#until[0] = Math.max(this.until, until);
  }

  /** Whether there is room for so many bytes behind it. They take it until nothing is held back any more. */
  takes(length: number): boolean {
    if (this.#bytesBehind + length > WAITING_ROOM) return false;
    this.#bytesBehind += length;
    return true;
  }
}

/** Bytes of one direction that wait their turn. A surrogate; about sixteen times as many wait in a whole box. */
export const WAITING_ROOM = 1024 * 1024;
