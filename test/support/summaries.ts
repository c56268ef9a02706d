import { loadScenario } from '../../src/scenario/library.ts';
import type { RowResult } from '../../src/testbed/rows.ts';
import type { RunSummary } from '../../src/testbed/run-folder.ts';

/** A row of a run that came out as expected, but for what `part` says. */
export function rowResult(part: Partial<RowResult> = {}): RowResult {
  return {
    ...{ claim: 'c', isControl: false, profile: 'p', phase: 'x', from: 'client', times: 1 },
    request: { probe: 'http', url: 'http://a.example/', ip: 4 },
    see: { failure: null },
    observation: { failure: null, says: '' },
    ...{ connections: [], requestBytes: 0, resets: { client: 0, server: 0 } },
    ...{ outcome: 'passed', mismatches: [] },
    ...part,
  };
}

/** A run of one scenario with these rows, counted by their outcomes. */
export function runSummary(rows: readonly RowResult[], scenario = 'one'): RunSummary {
  const count = (outcome: RowResult['outcome']): number =>
    rows.filter((row) => row.outcome === outcome).length;
  return {
    ...{
      scenario,
      scenarioFile: null,
      censorFile: null,
      startedAt: '2026-01-01T00:00:00.000Z',
      tookMs: 1,
    },
    topology: loadScenario('az-2017').topology,
    ...{ passed: count('passed'), failed: count('failed'), skipped: count('skipped') },
    ...{ out: 'runs/one', counters: {}, rows, tables: [] },
  };
}
