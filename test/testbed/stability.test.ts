import { expect, test } from 'vitest';
import type { RunSummary } from '../../src/testbed/run-folder.ts';
import { unstableRows } from '../../src/testbed/stability.ts';
import { rowResult, runSummary } from '../support/summaries.ts';

interface Sketch {
  readonly failure: string | null;
  readonly blocking?: 'dns' | false;
  readonly skipped?: string;
  readonly failing?: readonly [number, number];
}

function run(rows: readonly Sketch[], scenario = 'one'): RunSummary {
  const made = rows.map(({ failure, blocking, skipped, failing }, i) =>
    rowResult({
      claim: `row ${i}`,
      outcome: skipped === undefined ? 'passed' : 'skipped',
      see: failing === undefined ? { failure } : { failure, failing: [...failing] },
      observation: {
        failure,
        says: '',
        skipped,
        verdict: blocking === undefined ? undefined : { blocking, accessible: true },
      },
    }),
  );
  return runSummary(made, scenario);
}

test('rows that come out the same each time are not told', () => {
  const same = run([{ failure: null, blocking: false }, { failure: 'connection_reset' }]);
  expect(unstableRows([same, same, same])).toEqual([]);
});

test('a row whose failure differs once is told, with how often it was which', () => {
  const usual = run([{ failure: 'connection_reset' }]);
  const other = run([{ failure: 'eof_error' }]);
  expect(unstableRows([usual, usual, other])).toMatchObject([
    { scenario: 'one', row: { claim: 'row 0' }, verdicts: { connection_reset: 2, eof_error: 1 } },
  ]);
});

test('so is one whose verdict differs though its failure does not', () => {
  const one = run([{ failure: null, blocking: false }]);
  const other = run([{ failure: null, blocking: 'dns' }]);
  expect(unstableRows([one, other])).toHaveLength(1);
});

test('rows of two files with the same id are not compared', () => {
  const shipped = run([{ failure: null }]);
  const edited = { ...run([{ failure: 'eof_error' }]), scenarioFile: '/x/one.yaml' };
  expect(unstableRows([shipped, edited, shipped])).toEqual([]);
  expect(unstableRows([edited, { ...shipped, scenarioFile: '/x/one.yaml' }])).toHaveLength(1);
});

test('rows of different scenarios are not compared', () => {
  expect(unstableRows([run([{ failure: null }]), run([{ failure: 'eof_error' }], 'two')])).toEqual(
    [],
  );
});

test('what was skipped, or is left to chance, has no verdict', () => {
  const skipped = run([
    { failure: null, skipped: 'no curl' },
    { failure: 'eof_error', failing: [1, 3] },
  ]);
  const made = run([{ failure: 'eof_error' }, { failure: null, failing: [1, 3] }]);
  expect(unstableRows([skipped, made])).toEqual([]);
});
