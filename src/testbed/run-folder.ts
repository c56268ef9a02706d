import { join } from 'node:path';
import { writing } from '../base/writing.ts';
import { appendOwn, requireFile, writeNew } from '../files/own-file.ts';
import { indexFlows } from '../replay/flow-index.ts';
import type { Scenario } from '../scenario/schema.ts';
import { writeCensorName } from './censor-name.ts';
import { CAPTURE_FILE, EVENTS_FILE, MEASUREMENTS_FILE, SUMMARY_FILE } from './lab-config.ts';
import { takeFolder } from './out-folder.ts';
import { flowsOfRows } from './row-flows.ts';
import type { RowResult } from './rows.ts';
import { type RunOptions, type RunResult, runScenario } from './run.ts';

/** What `summary.json` of a run folder says. */
export interface RunSummary {
  readonly scenario: string;
  /** Of a scenario that does not come with Chokepoint. */
  readonly scenarioFile: string | null;
  /** Of a censor alone, for which a lab was made. */
  readonly censorFile: string | null;
  readonly startedAt: string;
  /** The path that it was run on. */
  readonly topology: Scenario['topology'];
  readonly tookMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly out: string;
  readonly counters: RunResult['counters'];
  readonly rows: readonly RowResult[];
  readonly tables: RunResult['tables'];
  readonly sensor?: RunResult['sensor'];
}

export interface FolderRunOptions extends RunOptions {
  readonly scenarioFile: string | null;
  readonly censorFile?: string | undefined;
}

/** Runs a scenario into a folder that no other run has: `out`, or one of its own under `runs`. */
export async function runInFolder(options: FolderRunOptions): Promise<RunSummary> {
  const { scenario, scenarioFile, censorFile = null } = options;
  const startedAt = new Date();
  const { out, folder } = takeFolder(options.out, scenario.id, startedAt, EVENTS_FILE);
  const file = join(out, MEASUREMENTS_FILE);
  const write = (made: readonly object[]): void => {
    const lines = made.map((one) => `${JSON.stringify(one)}\n`);
    writing(file, () => appendOwn(file, lines.join('')));
  };
  try {
    writeCensorName(out, { scenario: scenario.id, scenarioFile, censorFile });
    write([]);
    const result = await runScenario({ ...options, out, onMeasurements: write });
    const rows = withFlows(scenario, result.rows, join(out, CAPTURE_FILE));
    const summary = {
      scenarioFile,
      censorFile,
      ...summarise(scenario, startedAt, { ...result, rows }, out),
    };
    const last = join(out, SUMMARY_FILE);
    writing(last, () => writeNew(last, `${JSON.stringify(summary, undefined, 2)}\n`));
    return summary;
  } catch (error) {
    // Not all was measured, or written: a folder without a summary would only look like a run.
    folder.remove();
    throw error;
  }
}

/** Each row with the flows that it made. */
function withFlows(
  scenario: Scenario,
  rows: readonly RowResult[],
  capture: string,
): readonly RowResult[] {
  requireFile(capture);
  const flows = flowsOfRows(scenario, rows, indexFlows(capture));
  return rows.map((row, i) => (row.span === undefined ? row : { ...row, flows: flows[i] }));
}

function summarise(
  scenario: Scenario,
  startedAt: Date,
  result: RunResult,
  out: string,
): Omit<RunSummary, 'scenarioFile' | 'censorFile'> {
  const results = [...result.rows, ...(result.sensor?.verdicts ?? [])];
  const count = (outcome: RowResult['outcome']): number =>
    results.filter((row) => row.outcome === outcome).length;
  return {
    scenario: scenario.id,
    startedAt: startedAt.toISOString(),
    topology: scenario.topology,
    tookMs: Date.now() - startedAt.getTime(),
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    out,
    ...result,
  };
}
