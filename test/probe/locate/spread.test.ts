import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fastest, isSettled, spreadOf } from '../../../src/probe/locate/spread.ts';

test.each([
  { name: 'one', values: [3], median: 3, spread: 0 },
  { name: 'an even number', values: [4, 1, 3, 2], median: 2.5, spread: 0.75 },
  { name: 'an odd number, in no order', values: [5, 1, 3, 2, 4], median: 3, spread: 1 },
])('median and half the distance between the quartiles, of $name', ({ values, median, spread }) => {
  expect(spreadOf(values)).toEqual({ median, spread, tries: values.length });
});

test('of no tries there are no figures', () => {
  expect(spreadOf([])).toBeUndefined();
  expect(fastest([], 10)).toBeUndefined();
});

test('delays of any size in half of the tries change nothing', () => {
  const delays = fc.array(fc.double({ min: 0.5, max: 1000, noNaN: true }), { maxLength: 10 });
  fc.assert(
    fc.property(delays, (late) => {
      const good = Array.from({ length: 10 }, (_, i) => 1.5 + i / 100);
      const found = fastest([...late.map((delay) => 1.6 + delay), ...good], 10);
      expect(found?.median).toBeCloseTo(1.545, 9);
      expect(found).toMatchObject({ tries: 10, of: 10 + late.length });
    }),
  );
});

test('tries are settled when the fastest agree to a tenth of a millisecond, or to a hundredth', () => {
  expect(isSettled(fastest([1.5, 1.52, 1.6, 1.61], 4))).toBe(true);
  expect(isSettled(fastest([1.5, 1.9, 2.6, 3.1], 4))).toBe(false);
  expect(isSettled(fastest([100, 100.5, 101, 101.5], 4))).toBe(true);
  expect(isSettled(undefined)).toBe(false);
});
