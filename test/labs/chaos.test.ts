import { parseArgs } from 'node:util';
import { expect, test } from 'vitest';
import { carryOut, chaosCase } from '../support/chaos.ts';
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

const turns = Array.from({ length: Math.ceil(cases / IN_TURN) }, (_, i) => first + i * IN_TURN);

test.each(turns)(
  `whatever signal hits whatever process, nothing hangs and nothing is left: seed ${seed}, from case %i`,
  async (from) => {
    const last = Math.min(from + IN_TURN, first + cases);
    const numbers = Array.from({ length: last - from }, (_, i) => from + i);
    const flaws: string[] = [];
    const work = async (): Promise<void> => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) {
        flaws.push(...(await carryOut(openPlace(), chaosCase(seed, number))));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    expect(flaws).toEqual([]);
  },
  600_000,
);
