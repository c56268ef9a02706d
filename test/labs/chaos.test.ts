import { parseArgs } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { carryOut, chaosCase, rolesOf } from '../support/chaos.ts';
import { openPlace } from '../support/cli.ts';

/* Any signal at any moment to any process: nothing hangs, nothing is left, and what is said makes sense. `make chaos` tries 200. */

/** Cases of one test. */
const IN_TURN = 20;
const SIDE_BY_SIDE = 4;

const { values } = parseArgs({
  args: (process.env['CHAOS'] ?? '').split(' ').filter((word) => word !== ''),
  options: { seed: { type: 'string' }, cases: { type: 'string' }, first: { type: 'string' } },
});
const [seed, cases, first] = [values.seed ?? '1', values.cases ?? '20', values.first ?? '1'].map(
  Number,
) as [number, number, number];

/** How often each kind of process was hit. */
const hits = new Map<string, number>();
afterAll(() => {
  const counts = [...hits].sort(([, a], [, b]) => b - a).map(([role, count]) => `${role} ${count}`);
  process.stdout.write(`signals by kind of process: ${counts.join(', ')}\n`);
});

const turns = Array.from({ length: Math.ceil(cases / IN_TURN) }, (_, i) => first + i * IN_TURN);

test.each(turns)(
  `whatever signal hits whatever process, nothing hangs and nothing is left: seed ${seed}, from case %i`,
  async (from) => {
    const last = Math.min(from + IN_TURN, first + cases);
    const numbers = Array.from({ length: last - from }, (_, i) => from + i);
    const flaws: string[] = [];
    const work = async (): Promise<void> => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        const outcome = await carryOut(openPlace(), chaosCase(seed, number));
        flaws.push(...outcome.flaws);
        const kind = outcome.hit ?? 'none was left';
        hits.set(kind, (hits.get(kind) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    expect(flaws).toEqual([]);
  },
  cases * 60_000,
);

if (cases >= 200) {
  test('each kind of process was hit', () => {
    const roles = ['run', 'up', 'matrix'].flatMap((name) => rolesOf([name]));
    expect(roles.filter((role) => !hits.has(role))).toEqual([]);
  });
}
