import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seqDistance } from '../../src/wire/tcp.ts';

test.each([
  { from: 0, to: 0, want: 0 },
  { from: 10, to: 7, want: -3 },
  { from: 0xffff_fffe, to: 3, want: 5 },
  { from: 3, to: 0xffff_fffe, want: -5 },
  { from: 0x7fff_ffff, to: 0x8000_0000, want: 1 },
])('from $from to $to is $want', ({ from, to, want }) => {
  expect(seqDistance(from, to)).toBe(want);
});

test('the distance is what was added, signed or unsigned, across the wrap', () => {
  const anyDistance = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), anyDistance, (from, distance) => {
      const to = from + distance;
      expect(seqDistance(from, to >>> 0)).toBe(distance);
      expect(seqDistance(from | 0, to | 0)).toBe(distance);
    }),
  );
});
