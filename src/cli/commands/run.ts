import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTarget } from '../../report/row-text.ts';
import { mark, renderFailures, renderRun } from '../../report/run-table.ts';
import { formatSensorCsv, renderSensor, renderSensorFailures } from '../../report/sensor.ts';
import { loadScenario, ownFileOf } from '../../scenario/library.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { makeOutFolder, type OutFolder } from '../../testbed/out-folder.ts';
import { type RowResult, type RunResult, runScenario } from '../../testbed/run.ts';
import { endProgress, printJson, progress, terminalWidth } from '../terminal.ts';

interface RunCommandOptions {
  readonly profile?: string;
  readonly at?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export async function run(id: string, options: RunCommandOptions): Promise<void> {
  const scenario = loadScenario(id);
  const startedAt = new Date();
  const { out, folder } = takeFolder(options.out, `${stamp(startedAt)}-${scenario.id}`);
  const interrupt = interruptible();
  const result = await runWithProgress(scenario, {
    ...options,
    out,
    signal: interrupt.signal,
  }).catch((error: unknown) => {
    // Nothing was measured, or not all: a folder without a summary would only look like a run.
    folder.remove();
    interrupt.passOn();
    throw error;
  });
  const summary: Summary = {
    scenarioFile: ownFileOf(id),
    ...summarise(scenario, startedAt, result, out),
  };
  writeFileSync(join(out, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  if (result.sensor !== undefined) {
    writeFileSync(join(out, 'sensor.csv'), formatSensorCsv(result.sensor));
  }
  if (options.json) printJson(summary);
  else print(summary);
  if (summary.failed > 0) process.exitCode = 1;
}

async function runWithProgress(
  scenario: Scenario,
  options: RunCommandOptions & { readonly out: string; readonly signal: AbortSignal },
): Promise<RunResult> {
  let total = 0;
  try {
    return await runScenario({
      scenario,
      profile: options.profile,
      at: options.at,
      out: options.out,
      signal: options.signal,
      onStart: (rows) => {
        total = rows;
      },
      onLab: (profile, { at }) =>
        progress(`building the lab: ${scenario.id}, profile ${profile}, ${at}`),
      onProgress: (text) => progress(`building the lab: ${text}`),
      onRow: ({ request, from, outcome }, index) =>
        progress(
          `${index}/${total} ${mark({ outcome })} ${from} ${request.probe} ${formatTarget(request)}`,
        ),
      onMinute: (minute) => progress(`sensor: ${minute}`),
    });
  } finally {
    endProgress();
  }
}

interface Summary {
  readonly scenario: string;
  /** Of a scenario that does not come with Chokepoint. */
  readonly scenarioFile: string | null;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly out: string;
  readonly counters: RunResult['counters'];
  readonly rows: readonly RowResult[];
  readonly sensor?: RunResult['sensor'];
}

function summarise(
  scenario: Scenario,
  startedAt: Date,
  result: RunResult,
  out: string,
): Omit<Summary, 'scenarioFile'> {
  const results = [...result.rows, ...(result.sensor?.verdicts ?? [])];
  const count = (outcome: RowResult['outcome']): number =>
    results.filter((row) => row.outcome === outcome).length;
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

function print({ rows, sensor, passed, failed, skipped, out, tookMs, scenario }: Summary): void {
  const width = terminalWidth();
  console.log(`${renderRun(rows, width)}\n`);
  if (sensor !== undefined) console.log(`${renderSensor(sensor, width)}\n`);
  const failures = [renderFailures(rows), sensor === undefined ? '' : renderSensorFailures(sensor)];
  for (const text of failures) if (text !== '') console.log(`${text}\n`);
  const left = skipped > 0 ? `, ${skipped} skipped` : '';
  const verdict = failed === 0 ? 'as documented' : `${failed} not as expected`;
  console.log(
    `${scenario}: ${verdict} (${passed} of ${passed + failed + skipped} passed${left}, ${(tookMs / 1000).toFixed(1)} s)`,
  );
  console.log(`run folder: ${out}`);
}

/** A signal to end aborts the run; when that has been cleared up, `passOn` lets it do what it does to any program. */
function interruptible(): { readonly signal: AbortSignal; passOn(): void } {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      received = name;
      controller.abort();
    });
  }
  return {
    signal: controller.signal,
    passOn: () => received && process.kill(process.pid, received),
  };
}

/** The folder that was asked for, or the first free one of that name under `runs`. */
function takeFolder(asked: string | undefined, name: string): { out: string; folder: OutFolder } {
  if (asked !== undefined) return { out: asked, folder: makeOutFolder(asked) };
  let out = join('runs', name);
  for (let number = 2; existsSync(out); number++) out = join('runs', `${name}-${number}`);
  return { out, folder: makeOutFolder(out) };
}

/** 20170327T113000Z */
function stamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}
