import { expect, test } from 'vitest';
import { ChokepointError } from '../../src/base/errors.ts';
import { exitStatusOf } from '../../src/cli/run-outcomes.ts';
import type { ScenarioOutcome } from '../../src/report/runs-table.ts';
import type { RowResult } from '../../src/testbed/rows.ts';
import { rowResult, runSummary } from '../support/summaries.ts';

function run(failure: string | null, ...others: readonly RowResult['outcome'][]): ScenarioOutcome {
  const first = rowResult({ observation: { failure, says: '' }, see: { failure } });
  const rows = [first, ...others.map((outcome, i) => rowResult({ outcome, claim: `other ${i}` }))];
  return { kind: 'run', summary: runSummary(rows) };
}

function notRun(code: 'SCENARIO_INVALID' | 'MACHINE_CANNOT'): ScenarioOutcome {
  return { kind: 'not-run', scenario: 'two', error: new ChokepointError(code, 'no') };
}

test.each<readonly [string, readonly ScenarioOutcome[], number]>([
  ['all rows are as expected, each time the same', [run(null), run(null)], 0],
  ['a verdict differs, though each was as expected', [run(null), run('eof_error')], 1],
  ['a row is not as expected', [run(null, 'passed'), run(null, 'failed')], 1],
  ['rows were skipped', [run(null, 'skipped')], 4],
  ['a scenario is no scenario', [run(null), notRun('SCENARIO_INVALID')], 2],
  ['a scenario cannot be run here', [notRun('SCENARIO_INVALID'), notRun('MACHINE_CANNOT')], 3],
  [
    'a row is not as expected, and a scenario not run',
    [run(null, 'failed'), notRun('MACHINE_CANNOT')],
    1,
  ],
])('%s', (_what, outcomes, status) => {
  expect(exitStatusOf(outcomes, {})).toBe(status);
});

test('skipped rows may be allowed, failed ones not', () => {
  expect(exitStatusOf([run(null, 'skipped')], { allowSkipped: true })).toBe(0);
  expect(exitStatusOf([run(null, 'skipped', 'failed')], { allowSkipped: true })).toBe(1);
});
