import { mkdirSync } from 'node:fs';
import { ChokepointError } from '../../base/errors.ts';
import { pathBelow } from '../../base/name.ts';
import { writing } from '../../base/writing.ts';
import { writeNew } from '../../files/own-file.ts';
import { renderCrossTable } from '../../report/cross-table.ts';
import { crossTableCsv } from '../../report/csv.ts';
import { countersTrouble } from '../../report/lab-trouble.ts';
import { formatTarget } from '../../report/row-text.ts';
import { mark, renderFailures, renderRun } from '../../report/run-table.ts';
import { formatVerdict, type ScenarioOutcome } from '../../report/runs-table.ts';
import { formatSensorCsv, renderSensor, renderSensorFailures } from '../../report/sensor.ts';
import { scenarioIds, scenariosOf } from '../../scenario/library.ts';
import { SENSOR_FILE, TABLES_FOLDER } from '../../testbed/lab-config.ts';
import { type RunSummary, runInFolder } from '../../testbed/run-folder.ts';
import { type AskedLab, labOfCensor, labOfScenario, twoNames } from '../censor-lab.ts';
import { type Interrupt, interruptible } from '../interrupt.ts';
import { type PathFlaws, withFlaws } from '../path-flaws.ts';
import { exitStatusOf, printOutcomes, SKIPPED_HINT } from '../run-outcomes.ts';
import {
  print as draw,
  endProgress,
  printJson,
  printLines,
  progress,
  tell,
  terminalWidth,
} from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface RunCommandOptions extends PathFlaws {
  readonly all?: boolean;
  readonly censor?: string;
  readonly profile?: string;
  readonly at?: string;
  readonly controls?: boolean;
  readonly repeat?: string;
  readonly out?: string;
  readonly readOnlyFiles?: boolean;
  readonly allowSkipped?: boolean;
  readonly json?: boolean;
}

/** Several are run one after the other; one that cannot be run does not stop the others. */
export async function run(ids: readonly string[], options: RunCommandOptions): Promise<void> {
  const repeat = repeatOf(options);
  const asked = labsOf(ids, options)
    .map((one) => ({ ...one, scenario: withFlaws(one.scenario, options) }))
    .flatMap((one) => Array.from({ length: repeat }, () => one));
  const interrupt = interruptible();
  const [only, ...others] = asked;
  if (only !== undefined && others.length === 0 && !options.all) {
    const summary = await runOne(only, options, interrupt);
    if (options.json) printJson(summary);
    else print(summary);
    process.exitCode = exitStatusOf([{ kind: 'run', summary }], options);
    return;
  }
  const startedAt = new Date();
  const outcomes = await runEach(asked, options, interrupt);
  printOutcomes(outcomes, startedAt, options);
  process.exitCode = exitStatusOf(outcomes, options);
}

/** How often each scenario is run. */
function repeatOf({ repeat }: RunCommandOptions): number {
  return wholeNumber('--repeat', repeat, 1, MOST_REPEATS) ?? 1;
}

const MOST_REPEATS = 1000;

function labsOf(ids: readonly string[], options: RunCommandOptions): readonly AskedLab[] {
  const { censor } = options;
  if (censor === undefined) return idsOf(ids, options).map(labOfScenario);
  const other = options.all ? '--all' : ids[0];
  if (other !== undefined) throw twoNames(other);
  return [refuseEmpty(labOfCensor(censor))];
}

function refuseEmpty(lab: AskedLab): AskedLab {
  if (lab.scenario.expect.length > 0) return lab;
  throw new ChokepointError('USAGE', `${lab.censorFile}: no request can be made for its rules`, {
    hint: 'use `up --censor` and programs of your own, or write a scenario: chokepoint new ID',
  });
}

function idsOf(ids: readonly string[], { all }: RunCommandOptions): readonly string[] {
  if (all && ids.length > 0) {
    throw new ChokepointError('USAGE', `--all runs every scenario; found "${ids[0]}" as well`, {
      hint: 'leave out --all, or the names',
    });
  }
  if (!all && ids.length === 0) {
    throw new ChokepointError('USAGE', 'expected the name of a scenario', {
      hint: `name some of ${scenarioIds().join(', ')}, or the path of a YAML file, or all of them with --all`,
    });
  }
  return all ? scenarioIds() : ids.flatMap(scenariosOf);
}

async function runEach(
  asked: readonly AskedLab[],
  options: RunCommandOptions,
  interrupt: Interrupt,
): Promise<ScenarioOutcome[]> {
  const outcomes: ScenarioOutcome[] = [];
  const names = folderNames(asked);
  for (const [i, one] of asked.entries()) {
    const { id: scenario } = one.scenario;
    const out = options.out && pathBelow(options.out, names[i] as string);
    const prefix = `${i + 1} of ${asked.length}, ${scenario}: `;
    const own = out === undefined ? options : { ...options, out };
    try {
      const summary = await runOne(one, own, interrupt, prefix);
      outcomes.push({ kind: 'run', summary });
      if (!options.json) {
        draw(formatVerdict, summary);
        printLines(...countersTrouble(sumOf(Object.values(summary.counters))));
      }
    } catch (error) {
      if (!(error instanceof ChokepointError) || interrupt.signal.aborted) throw error;
      outcomes.push({ kind: 'not-run', scenario, error });
      if (!options.json) printLines(`${scenario}: could not be run: ${error.message}`);
    }
  }
  return outcomes;
}

/** A name for each scenario's folder: its id, with a number where that is taken. */
function folderNames(asked: readonly AskedLab[]): readonly string[] {
  const ids = asked.map(({ scenario }) => scenario.id);
  const taken = new Set(ids);
  const seen = new Set<string>();
  return ids.map((id) => {
    if (!seen.has(id)) {
      seen.add(id);
      return id;
    }
    let number = 2;
    while (taken.has(`${id}-${number}`)) number++;
    taken.add(`${id}-${number}`);
    return `${id}-${number}`;
  });
}

async function runOne(
  { scenario, scenarioFile, censorFile }: AskedLab,
  { profile, at, controls, out, readOnlyFiles }: RunCommandOptions,
  { signal, passOn }: Interrupt,
  prefix = '',
): Promise<RunSummary> {
  if (scenario.sensor !== undefined && at !== undefined) {
    tell(`${scenario.id}: its sensor has a time of its own and is left out with --at`);
  }
  let total = 0;
  const say = (text: string): void => progress(prefix + text);
  const of = prefix === '' ? `${scenario.id}, ` : '';
  const running = runInFolder({
    ...{ scenario, scenarioFile, censorFile, profile, at, controls, out, signal, readOnlyFiles },
    onStart: (rows) => {
      total = rows;
    },
    onLab: (name, phase) => say(`building the lab: ${of}profile ${name}, ${phase.at}`),
    onProgress: (text) => say(`building the lab: ${text}`),
    onMinute: (minute) => say(`sensor: ${minute}`),
    onRow: ({ request, from, outcome }, index) =>
      say(
        `${index}/${total} ${mark({ outcome })} ${from} ${request.probe} ${formatTarget(request)}`,
      ),
  }).finally(endProgress);
  const summary = await running.catch((error: unknown) => {
    passOn();
    throw error;
  });
  writeReports(summary);
  return summary;
}

/** What of a run folder is made of measurements. */
function writeReports({ out, tables, sensor }: RunSummary): void {
  writing(out, () => {
    const folder = pathBelow(out, TABLES_FOLDER);
    if (tables.length > 0) mkdirSync(folder);
    for (const table of tables) {
      writeNew(pathBelow(folder, `${table.id}.csv`), crossTableCsv(table, table.rowKey));
    }
    if (sensor !== undefined) writeNew(pathBelow(out, SENSOR_FILE), formatSensorCsv(sensor));
  });
}

function print(summary: RunSummary): void {
  const { rows, tables, sensor, skipped, out } = summary;
  const width = terminalWidth();
  draw(renderRun, rows, width);
  printLines('');
  for (const table of tables) {
    printLines(table.title);
    draw(renderCrossTable, table, table.rowKey, width);
    printLines('');
  }
  if (sensor !== undefined) {
    draw(renderSensor, sensor, width);
    printLines('');
  }
  printFailures(summary);
  draw(formatVerdict, summary);
  if (skipped > 0) printLines(SKIPPED_HINT);
  const all = sumOf(Object.values(summary.counters));
  if ((all['lost'] ?? 0) > 0) printLines(`frames that the links lost: ${all['lost']}`);
  printLines(...countersTrouble(all));
  printLines(`run folder: ${out}`);
}

/** Of all labs of a run together. */
function sumOf(counters: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const each of counters) {
    for (const [name, count] of Object.entries(each)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

function printFailures({ rows, sensor }: RunSummary): void {
  if (rows.some(({ outcome }) => outcome === 'failed')) {
    draw(renderFailures, rows);
    printLines('');
  }
  if (sensor?.verdicts.some(({ outcome }) => outcome === 'failed')) {
    draw(renderSensorFailures, sensor);
    printLines('');
  }
}
