import { expect, test } from 'vitest';
import { exitStatusOf } from '../../src/cli/run-outcomes.ts';
import type { ScenarioOutcome } from '../../src/report/runs-table.ts';

function run(failure: string | null, { failed = 0, skipped = 0 } = {}): ScenarioOutcome {
  const row = {
    claim: 'c',
    outcome: 'passed',
    see: { failure },
    observation: { failure, says: '' },
  };
  const summary = { scenario: 'one', passed: 1, failed, skipped, rows: [row] };
  return { kind: 'run', summary } as unknown as ScenarioOutcome;
}

test.each([
  ['all rows are as expected, each time the same', [run(null), run(null)], 0],
  [
    'a verdict is not the same each time, though each was as expected',
    [run(null), run('eof_error')],
    1,
  ],
  ['a row is not as expected', [run(null), run(null, { failed: 1 })], 1],
  ['rows were skipped', [run(null, { skipped: 1 })], 4],
] as const)('%s', (_what, outcomes, status) => {
  expect(exitStatusOf(outcomes, {})).toBe(status);
});
