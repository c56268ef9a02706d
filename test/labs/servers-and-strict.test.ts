import { describe, expect, test } from 'vitest';
import { HELLOS, HELLOS_13, HTTP2, isEvenlyTaken, REQUESTS } from '../differential/kinds.ts';

/* A part of `make differential` that takes seconds: real servers, on a network of their own. */

describe.each([REQUESTS, HTTP2, HELLOS, HELLOS_13])('of 150 odd $name', ({ compare, least }) => {
  test('each that nginx, Apache, Caddy, Node or another server takes for the blocked name shows it to a strict box', async () => {
    const { taken, missed } = await compare(1, 150);
    expect(missed).toEqual([]);
    for (const counts of Object.values(taken))
      expect(isEvenlyTaken(counts, 150 * least)).toBe(true);
  });
});
