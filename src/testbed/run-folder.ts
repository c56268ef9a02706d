import { join } from 'node:path';
import { writing } from '../base/writing.ts';
import { appendOwn, writeNew } from '../files/own-file.ts';
import type { Scenario } from '../scenario/schema.ts';
import { EVENTS_FILE, MEASUREMENTS_FILE, SUMMARY_FILE } from './lab-config.ts';
import { takeFolder } from './out-folder.ts';
import type { RowResult } from './rows.ts';
import { type RunOptions, type RunResult, runScenario } from './run.ts';

/** What `summary.json` of a run folder says. */
export interface RunSummary {
  readonly scenario: string;
  /** Of a scenario that does not come with Chokepoint. */
  readonly scenarioFile: string | null;
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
}

/** Runs a scenario into a folder that no other run has: `out`, or one of its own under `runs`. */
export async function runInFolder(options: FolderRunOptions): Promise<RunSummary> {
  const { scenario, scenarioFile } = options;
  const startedAt = new Date();
  const { out, folder } = takeFolder(options.out, scenario.id, startedAt, EVENTS_FILE);
  const file = join(out, MEASUREMENTS_FILE);
  const write = (made: readonly object[]): void => {
    const lines = made.map((one) => `${JSON.stringify(one)}\n`);
    writing(file, () => appendOwn(file, lines.join('')));
  };
  try {
    write([]);
    const result = await runScenario({ ...options, out, onMeasurements: write });
    const summary = { scenarioFile, ...summarise(scenario, startedAt, result, out) };
    const last = join(out, SUMMARY_FILE);
    writing(last, () => writeNew(last, `${JSON.stringify(summary, undefined, 2)}\n`));
    return summary;
  } catch (error) {
    // Not all was measured, or written: a folder without a summary would only look like a run.
    folder.remove();
    throw error;
  }
}

function summarise(
  scenario: Scenario,
  startedAt: Date,
  result: RunResult,
  out: string,
): Omit<RunSummary, 'scenarioFile'> {
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
