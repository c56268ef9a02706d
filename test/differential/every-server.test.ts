import { describe, expect, test } from 'vitest';
import { HELLOS, HELLOS_13, HTTP2, isEvenlyTaken, REQUESTS } from './kinds.ts';

/* `make differential`: thousands, of other seeds than those of the suite. */

describe.each([REQUESTS, HTTP2, HELLOS, HELLOS_13])('2,000 odd $name', ({ compare, least }) => {
  test.each([20_001, 30_001])(
    'a strict box sees the name that any server took (from seed %i)',
    async (seed) => {
      const { taken, missed } = await compare(seed, 2000);
      expect(missed).toEqual([]);
      for (const counts of Object.values(taken))
        expect(isEvenlyTaken(counts, 2000 * least)).toBe(true);
    },
  );
});
