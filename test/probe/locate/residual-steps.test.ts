import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BoxMemory, measureDuration } from '../../../src/probe/locate/residual-steps.ts';

describe('how long a box goes on', () => {
  test.each([
    { name: 'a second and a half', duration: 1500, refresh: false },
    { name: 'as long, anew with each packet', duration: 1500, refresh: true },
    { name: 'less than the first look', duration: 100, refresh: false },
  ])('$name', async ({ duration, refresh }) => {
    const found = await measureDuration(new Simulated(duration, refresh, 0), 20_000);
    expect(found).toMatchObject({ kind: 'measured', isRefreshed: refresh });
  });

  test.each([
    { name: 'for ever', duration: Number.POSITIVE_INFINITY, refresh: false },
    { name: 'a little longer than the limit', duration: 5600, refresh: false },
    { name: 'a little longer, anew with each packet', duration: 5600, refresh: true },
  ])('$name is longer than the limit', async ({ duration, refresh }) => {
    const found = await measureDuration(new Simulated(duration, refresh, 0), 5000);
    expect(found).toEqual({ kind: 'longer', than: 5000 });
  });

  test('what looks alone keep up is not taken for longer than the limit', async () => {
    // The last step before the limit is shorter than that.
    const found = await measureDuration(new Simulated(1500, true, 0), 5000);
    expect(found).toMatchObject({ kind: 'measured', isRefreshed: true });
  });

  test('the truth lies between the figures, which are a tenth apart, and no trigger is wasted', async () => {
    const durations = fc.integer({ min: 300, max: 15_000 });
    const costs = fc.integer({ min: 0, max: 400 });
    await fc.assert(
      fc.asyncProperty(durations, fc.boolean(), costs, async (duration, refresh, cost) => {
        const box = new Simulated(duration, refresh, cost);
        const found = await measureDuration(box, 20_000);
        if (found.kind !== 'measured') throw new Error('it is within the limit');
        expect(found.atLeast).toBeLessThanOrEqual(duration);
        expect(found.atMost).toBeGreaterThanOrEqual(duration);
        expect(found.atMost - found.atLeast).toBeLessThanOrEqual(Math.max(100, found.atMost / 10));
        expect(box.now).toBeGreaterThanOrEqual(box.until);
      }),
    );
  });
});

/** A box with a memory, in a time of its own; a look that is caught takes `cost`. It was set off as it begins. */
class Simulated implements BoxMemory {
  now = 0;
  until: number;
  readonly #duration: number;
  readonly #refresh: boolean;
  readonly #cost: number;
  #triggeredAt = 0;

  constructor(duration: number, refresh: boolean, cost: number) {
    this.#duration = duration;
    this.#refresh = refresh;
    this.#cost = cost;
    this.until = duration;
  }

  async trigger(): Promise<void> {
    if (this.now < this.until) throw new Error('a trigger while the box is not at rest is wasted');
    this.#triggeredAt = this.now;
    this.until = this.now + this.#duration;
  }

  async look(time: number) {
    this.now = Math.max(this.now, this.#triggeredAt + time);
    const at = this.now - this.#triggeredAt;
    const isFree = this.now >= this.until;
    if (!isFree) {
      if (this.#refresh) this.until = this.now + this.#duration;
      this.now += this.#cost;
    }
    return { at, isFree };
  }
}
