import { describe, expect, test } from 'vitest';
import { attacks, cost } from './attacks.ts';
import { type Eviction, flood } from './flood.ts';
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

describe('a flood of SYNs', () => {
  test.each<{ eviction: Eviction; idle: number }>([
    { eviction: 'oldest', idle: 0 },
    { eviction: 'half-open', idle: 20 },
    { eviction: 'newest', idle: 20 },
  ])('leaves the flows that $eviction spares', ({ eviction, idle }) => {
    expect(flood(eviction, 2000, 40, 256)).toMatchObject({ most: 256, active: 20, idle });
  });
});

describe('packets that are made to take long', () => {
  test.each(attacks(1800))('are decided on: $name', (attack) => {
    const { packets, malformed } = cost(attack, 1).counters;
    expect(packets).toBe((attack.before?.length ?? 0) + attack.frames.length);
    expect(malformed).toBe(0);
  });
});

const SEED = 20_261_122;
