import { describe, expect, test } from 'vitest';
import { packets } from './packets.ts';
import { streams } from './streams.ts';

/* A taste of `make fuzz`: the same rounds, fewer packets in them. */
describe('hostile traffic breaks nothing', () => {
  test.each([
    { name: 'mutated packets', round: packets, size: 400 },
    { name: 'mutated sessions', round: streams, size: 90 },
  ])('$name', ({ round, size }) => {
    const subjects = round.play(SEED, 0, size, () => undefined);
    const decisions = subjects.map(({ engine }) => engine.counters.decisions);
    expect(Math.min(...decisions)).toBeGreaterThan(0);
  });
});

const SEED = 20_261_122;
