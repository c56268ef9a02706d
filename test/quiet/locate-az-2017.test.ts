import { type LocateResult, loadScenario, locateBox } from 'chokepoint';
import { beforeAll, describe, expect, test } from 'vitest';

/* Nothing else is at work beside it. A link delays no packet by less than it says; the machine adds what it likes. */

describe('the box of az-2017, as hosts of the lab find it', () => {
  let found: LocateResult;
  beforeAll(async () => {
    found = await locateBox({ scenario: loadScenario('az-2017'), residualLimitMs: 2000 });
  });

  test('from inside it is between the provider and the exchange, in path', () => {
    expect(found.directions[0]).toMatchObject({
      from: 'client',
      to: 'server',
      box: { hop: 2, after: 'isp', before: 'exchange', position: 'in-path', is_exact: true },
      agrees: true,
    });
  });
  test('and so it is from outside, the other way round', () => {
    expect(found.directions[1]).toMatchObject({
      from: 'control',
      to: 'inside',
      box: { hop: 2, after: 'exchange', before: 'isp', position: 'in-path', is_exact: true },
      agrees: true,
    });
  });

  // As the report has it: 1.5 ms from the request to the reset.
  test('from inside it is 1.5 ms away, and the server 41.5', () => {
    const [inside] = found.directions;
    expectAbout(inside?.distance_ms?.median, 1.5);
    expectAbout(inside?.rtt_ms?.median, 41.5);
  });
  test('from outside it is 40 ms away, and 1.5 ms before the server', () => {
    const [, outside] = found.directions;
    expectAbout(outside?.distance_ms?.median, 40);
    expectAbout(outside?.rtt_ms?.median, 41.5);
    const { distance_ms, rtt_ms, beyond_ms } = outside as (typeof found.directions)[number];
    expect(beyond_ms).toBeCloseTo((rtt_ms?.median ?? 0) - (distance_ms?.median ?? 0), 1);
  });
  test('figures are those of ten tries, and say how far these agree', () => {
    for (const { distance_ms } of found.directions) {
      expect(distance_ms?.tries).toBe(10);
      expect(distance_ms?.spread).toBeGreaterThan(0);
      expect(distance_ms?.of).toBeGreaterThanOrEqual(10);
    }
  });

  test('what it sends is what the scenario says, and nothing goes on afterwards', () => {
    for (const { fingerprint, ttl, residual, interfered } of found.directions) {
      expect(fingerprint).toEqual({
        ...{ flags: 'R', ttl: 63, ip_id: 0, window: 0, count: 1, seq: [0], payload_length: 0 },
      });
      expect(ttl).toEqual({ mode: 'fixed', value: 64 });
      expect(residual).toEqual({ scope: 'none', untold: [], duration_ms: null });
      expect(interfered.count).toBe(interfered.of);
    }
  });
});

/** A box that is elsewhere on this path would be 20 ms off. */
function expectAbout(value: number | undefined, least: number): void {
  expect(value).toBeGreaterThan(least - 0.1);
  expect(value).toBeLessThan(least + 10);
}
