import { expect, test } from 'vitest';
import { limitOf } from '../../src/testbed/row-limit.ts';

test('a probe is given up only after the longest that it can take', () => {
  expect(limitOf({})).toBe(300_000);
  expect(limitOf({ timeoutMs: 10_000 })).toBe(300_000);
  // Of tcpping, ten connections of up to a minute each.
  expect(limitOf({ timeoutMs: 60_000 })).toBeGreaterThan(10 * 60_000);
});
