import { type LocateResult, loadScenario, locateBox, type Scenario } from 'chokepoint';
import { beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../support/random.ts';

/** What is drawn, and what must be found. */
interface Drawn {
  readonly near: number;
  readonly far: number;
  readonly position: 'in-path' | 'on-path';
  readonly ttl: number | 'copied';
  readonly match: 'http.host' | 'tls.sni';
  readonly seesInside: boolean;
}

const SEED = 0x10ca7e;
const DRAWN: readonly Drawn[] = drawTopologies(20);

describe(`of 20 topologies drawn with seed ${SEED}, each box is found`, () => {
  let found: readonly LocateResult[];
  beforeAll(async () => {
    found = await severalAtOnce(DRAWN, (drawn) =>
      locateBox({ scenario: scenarioOf(drawn), tries: 3, residualLimitMs: 0 }),
    );
  });

  test.each(DRAWN.map((drawn, i) => ({ ...drawn, i })))(
    '$i: $near routers before it, $far behind, $position, TTL $ttl, $match',
    ({ i, ...drawn }) => {
      const { directions, agrees } = found[i] as LocateResult;
      const { near, far, position, ttl } = drawn;
      const [out, back] = directions;
      const mode =
        ttl === 'copied' ? { mode: 'copied', value: null } : { mode: 'fixed', value: ttl };
      expect(out).toMatchObject({
        box: { hop: near + 1, ...neighbours(near, far), position, is_exact: true },
        ttl: mode,
        lab: { hop: near + 1, ...neighbours(near, far), position },
      });
      expect(out?.path.map(({ name }) => name)).toEqual([...routers(near, far), 'server']);
      expect(directions).toHaveLength(drawn.seesInside ? 2 : 1);
      if (drawn.seesInside) {
        const { after: before, before: after } = neighbours(near, far);
        expect(back).toMatchObject({ box: { hop: far + 1, after, before, position }, ttl: mode });
      }
      expect(agrees).toBe(true);
    },
  );
});

function drawTopologies(count: number): Drawn[] {
  const random = new Random(SEED);
  return Array.from({ length: count }, () => ({
    near: random.int(1, 3),
    far: random.int(1, 4),
    position: random.pick(['in-path', 'on-path']),
    ttl: random.pick(['copied', 'copied', 64, 128, 255]),
    match: random.pick(['http.host', 'tls.sni']),
    seesInside: random.chance(0.25),
  }));
}

/** Azerbaijan 2017, with another path and another box. */
function scenarioOf({ near, far, position, ttl, match, seesInside }: Drawn): Scenario {
  const scenario = loadScenario('az-2017');
  const { inside, ...topology } = scenario.topology;
  return {
    ...scenario,
    topology: {
      ...{ ...topology, near_hops: near, far_hops: far, near_rtt_ms: 1, far_rtt_ms: 4 },
      ...(seesInside ? { inside } : {}),
    },
    profiles: { drawn: { ...scenario.profiles['packet'], preset: 'plain', position } },
    rules: scenario.rules
      .filter(({ trigger }) => trigger.match === match)
      .map((rule) => {
        if (rule.action.do !== 'reset') throw new Error('a rule of az-2017 that does not reset');
        return { ...rule, action: { ...rule.action, ttl } };
      }),
  };
}

function routers(near: number, far: number): string[] {
  return [
    'isp',
    ...Array.from({ length: near - 1 }, (_, i) => `near-${i + 2}`),
    ...Array.from({ length: far - 1 }, (_, i) => `far-${i + 1}`),
    'exchange',
  ];
}

function neighbours(
  near: number,
  far: number,
): { readonly after: string; readonly before: string } {
  const all = routers(near, far);
  return { after: all[near - 1] as string, before: all[near] as string };
}

/** In their order; a few labs are up at a time. */
async function severalAtOnce<T, R>(
  all: readonly T[],
  make: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const made = new Map<number, R>();
  const waiting = [...all.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      made.set(next[0], await make(next[1]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return all.map((_, i) => made.get(i) as R);
}

const AT_ONCE = 4;
