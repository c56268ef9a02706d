import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge } from '../../../src/probe/locate/judge.ts';
import type { Trial } from '../../../src/probe/locate/trial.ts';
import { lost, type SimulatedPath, simulateTrial } from '../../support/path-trials.ts';

const PATH: SimulatedPath = {
  ...{ near: 2, far: 2, position: 'in-path', ttl: 64, resetsServer: true, silent: [] },
};

describe('one box', () => {
  test.each<{ name: string; path: Partial<SimulatedPath>; place: object; ttl?: object }>([
    { name: 'in path', path: {}, place: { after: 2, before: 3, position: 'in-path' } },
    {
      name: 'on path',
      path: { position: 'on-path' },
      place: { after: 2, before: 3, position: 'on-path' },
    },
    {
      name: 'that sends nothing',
      path: { ttl: undefined },
      place: { after: 2, before: 3, position: 'in-path' },
    },
    {
      name: 'on path, whose copied TTL comes back from far beyond the server alone',
      path: { position: 'on-path', near: 5, far: 1, ttl: 'copied' },
      place: { after: 5, before: 6, position: 'on-path' },
    },
    {
      name: 'in path, before a router that keeps silent: the RST tells',
      path: { silent: [3] },
      place: { after: 2, before: 3, position: 'in-path' },
    },
    {
      name: 'in path, which sends nothing, before a router that keeps silent: it is one of two places',
      path: { silent: [3], ttl: undefined },
      place: { after: 2, before: 4, position: 'in-path' },
    },
    {
      name: 'right at the client',
      path: { near: 0 },
      place: { after: 0, before: 1, position: 'in-path' },
    },
    {
      name: 'right at the server, where nothing tells whether the trigger travels on',
      path: { far: 0 },
      place: { after: 2, before: 3, position: undefined },
    },
  ])('$name', ({ path, place }) => {
    expect(judged({ ...PATH, ...path }).box).toEqual(place);
  });
});

test('a server that is silent though every router was reached is no place of a box', () => {
  const silent = judged({ ...PATH, far: 0, near: 3, ttl: undefined });
  expect(silent.box).toBeUndefined();
  expect(silent.interfered.count).toBe(silent.interfered.of);
});

test('a trigger that fares as the allowed one is not interfered with', () => {
  const trials = trialsOf(PATH, false);
  expect(judge(trials, trials)).toMatchObject({ box: undefined, interfered: { count: 0 } });
});

test('without a server that answers nothing is concluded', () => {
  expect(judge([], trialsOf(PATH, true))).toMatchObject({ server: undefined, box: undefined });
});

test('a box that acts on four flows of five is found', () => {
  const path: SimulatedPath = { ...PATH, ttl: undefined };
  const mixed = trialsOf(path, true, 10).map((trial, i) =>
    i % 5 === 0 ? simulateTrial(path, trial.ttl, false) : trial,
  );
  expect(judge(trialsOf(path, false), mixed)).toMatchObject({
    box: { after: 2, before: 3, position: 'in-path' },
  });
});

const paths = fc.record({
  near: fc.integer({ min: 1, max: 8 }),
  far: fc.integer({ min: 1, max: 8 }),
  position: fc.constantFrom('in-path' as const, 'on-path' as const),
  ttl: fc.oneof(fc.constant('copied' as const), fc.integer({ min: 20, max: 255 })),
  resetsServer: fc.boolean(),
});
/** Which of three tries with one TTL is lost, if any. */
const losses = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 34, maxLength: 34 });

test('whatever the path, and though one try of three is lost, box and TTL are found', () => {
  fc.assert(
    fc.property(paths, losses, losses, (drawn, lossesOut, lossesBlocked) => {
      const path: SimulatedPath = { ...drawn, silent: [] };
      const found = judge(
        withLosses(trialsOf(path, false), lossesOut),
        withLosses(trialsOf(path, true), lossesBlocked),
      );
      const { near, far, position, ttl } = path;
      expect(found.box).toEqual({ after: near, before: near + 1, position });
      expect(found.ttl?.mode).toBe(ttl === 'copied' ? 'copied' : 'fixed');
      expect(found.server?.hop).toBe(near + far + 1);
    }),
  );
});

test('whichever routers keep silent, the box is in the place that is named', () => {
  const silentOnes = fc.uniqueArray(fc.integer({ min: 1, max: 16 }), { maxLength: 12 });
  fc.assert(
    fc.property(paths, silentOnes, fc.boolean(), (drawn, silent, sends) => {
      const isMute = !sends && drawn.position === 'in-path';
      const path = { ...drawn, ttl: isMute ? undefined : drawn.ttl, silent };
      const { box } = judged(path);
      if (box === undefined) return;
      expect(box.after).toBeLessThanOrEqual(path.near);
      expect(box.before).toBeGreaterThan(path.near);
      expect([path.position, undefined]).toContain(box.position);
    }),
  );
});

function judged(path: SimulatedPath) {
  return judge(trialsOf(path, false), trialsOf(path, true));
}

/** Every TTL up to the server's, and blocked ones beyond it. */
function trialsOf(path: SimulatedPath, isBlocked: boolean, tries = 3): Trial[] {
  const last = path.near + path.far + 1;
  const ttls = [...Array.from({ length: last }, (_, i) => i + 1), ...(isBlocked ? [64, 48] : [])];
  return ttls.flatMap((ttl) =>
    Array.from({ length: tries }, () => simulateTrial(path, ttl, isBlocked)),
  );
}

function withLosses(trials: readonly Trial[], which: readonly number[]): Trial[] {
  return trials.map((trial, i) => (which[Math.floor(i / 3)] === i % 3 ? lost(trial) : trial));
}
