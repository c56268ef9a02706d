import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChokepointError, messageOf } from '../../base/errors.ts';
import { formatTarget } from '../../report/row-text.ts';
import { mark, renderFailures, renderRun } from '../../report/run-table.ts';
import { loadScenario } from '../../scenario/library.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { type RowResult, type RunResult, runScenario } from '../../testbed/run.ts';
import { endProgress, printJson, progress, terminalWidth } from '../terminal.ts';

interface RunCommandOptions {
  readonly profile?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export async function run(id: string, options: RunCommandOptions): Promise<void> {
  const scenario = loadScenario(id);
  const startedAt = new Date();
  const out = makeRunFolder(options.out ?? join('runs', `${stamp(startedAt)}-${scenario.id}`));
  const result = await runWithProgress(scenario, options, out).catch((error: unknown) => {
    // Nothing was measured: an empty folder would only look like a run.
    if (options.out === undefined) rmSync(out, { recursive: true, force: true });
    throw error;
  });
  const summary = summarise(scenario, startedAt, result, out);
  writeFileSync(join(out, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  if (options.json) printJson(summary);
  else print(summary);
  if (summary.failed > 0) process.exitCode = 1;
}

async function runWithProgress(
  scenario: Scenario,
  options: RunCommandOptions,
  out: string,
): Promise<RunResult> {
  let total = 0;
  try {
    return await runScenario({
      scenario,
      profile: options.profile,
      out,
      onStart: (rows) => {
        total = rows;
      },
      onLab: (profile) => progress(`building the lab: ${scenario.id}, profile ${profile}`),
      onRow: ({ request, from, outcome }, index) =>
        progress(
          `${index}/${total} ${mark({ outcome })} ${from} ${request.probe} ${formatTarget(request)}`,
        ),
    });
  } finally {
    endProgress();
  }
}

interface Summary {
  readonly scenario: string;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly out: string;
  readonly counters: RunResult['counters'];
  readonly rows: readonly RowResult[];
}

function summarise(scenario: Scenario, startedAt: Date, result: RunResult, out: string): Summary {
  const count = (outcome: RowResult['outcome']): number =>
    result.rows.filter((row) => row.outcome === outcome).length;
  return {
    scenario: scenario.id,
    startedAt: startedAt.toISOString(),
    tookMs: Date.now() - startedAt.getTime(),
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    out,
    ...result,
  };
}

function print({ rows, passed, failed, skipped, out, tookMs, scenario }: Summary): void {
  console.log(renderRun(rows, terminalWidth()));
  console.log();
  if (failed > 0) console.log(`${renderFailures(rows)}\n`);
  const left = skipped > 0 ? `, ${skipped} skipped` : '';
  const verdict = failed === 0 ? 'as documented' : `${failed} not as expected`;
  console.log(
    `${scenario}: ${verdict} (${passed} of ${rows.length} passed${left}, ${(tookMs / 1000).toFixed(1)} s)`,
  );
  console.log(`run folder: ${out}`);
}

function makeRunFolder(out: string): string {
  try {
    mkdirSync(out, { recursive: true });
    return out;
  } catch (error) {
    throw new ChokepointError('OUTPUT_FAILED', `${out} cannot be made: ${messageOf(error)}`, {
      cause: error,
      hint: 'name a folder you can write to with --out',
    });
  }
}

/** 20170327T113000Z */
function stamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}
