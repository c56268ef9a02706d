import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ChokepointError } from '../../base/errors.ts';
import { shellWord } from '../../base/shell-word.ts';
import { writing } from '../../base/writing.ts';
import { CATALOGUE } from '../../evasion/catalogue.ts';
import { findStrategy } from '../../evasion/find.ts';
import { writeWhole } from '../../files/own-file.ts';
import { formatMatrix, matrixCsv, renderMatrix } from '../../report/matrix.ts';
import { told } from '../../report/matrix-cell.ts';
import { matrixMarkdown } from '../../report/matrix-markdown.ts';
import { renderTable } from '../../report/table.ts';
import { loadScenario, ownFileOf, scenarioIds, scenariosOf } from '../../scenario/library.ts';
import type { Scenario } from '../../scenario/schema.ts';
import type { Tool } from '../../scenario/tool-file.ts';
import { loadTool, toolIds } from '../../scenario/tool-library.ts';
import type { Cell } from '../../testbed/matrix/cell.ts';
import { holdFolder } from '../../testbed/matrix/hold-folder.ts';
import { countCells, runMatrix } from '../../testbed/matrix/matrix.ts';
import {
  digestOf,
  MatrixFolder,
  scenariosOfPlan,
  toolsOfPlan,
} from '../../testbed/matrix/matrix-folder.ts';
import { seedOf } from '../censor.ts';
import { commandName } from '../command-name.ts';
import { type Interrupt, interruptible } from '../interrupt.ts';
import {
  endProgress,
  print,
  printJson,
  printLines,
  printText,
  progress,
  progressBar,
  tell,
  terminalWidth,
} from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface MatrixCommandOptions {
  readonly scenarios?: string;
  readonly strategies?: string;
  readonly strategy?: readonly string[];
  readonly tools?: string;
  readonly profile?: string;
  readonly jobs?: string;
  readonly repeat?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly seed?: string;
  readonly readOnlyFiles?: boolean;
  readonly list?: boolean;
  readonly csv?: boolean;
  readonly markdown?: boolean;
  readonly junit?: string;
  readonly json?: boolean;
}

/** Exit status 1 if a cell says nothing of its strategy: INFRA or MODEL. */
export async function matrix(options: MatrixCommandOptions): Promise<void> {
  if (options.list) {
    list(options);
    return;
  }
  const jobs = wholeNumber('--jobs', options.jobs, 1, 64);
  if (options.junit !== undefined) requireWritable(options.junit);
  const interrupt = interruptible(); // before there is a folder to take back
  const held = options.resume === undefined ? undefined : await holdFolder(options.resume);
  const begun = options.resume === undefined ? begin(options) : goOn(options);
  const { folder } = begun;
  const { letGo } = held ?? (await holdFolder(folder.path));
  const cells = await run(begun, jobs, interrupt).finally(letGo);
  if (options.json) printJson(cells);
  else if (options.csv) printText(matrixCsv(cells));
  else if (options.markdown) printText(matrixMarkdown(cells));
  else {
    const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
    print(renderMatrix, cells, terminalWidth(), isColoured);
    printLines('');
    print(formatMatrix, cells.map(told));
  }
  tell(`captures, and each cell: ${folder.path}`);
  await writeJunit(options, cells);
  const isClear = cells.every(({ verdict }) => verdict !== 'INFRA' && verdict !== 'MODEL');
  process.exitCode = isClear ? 0 : 1;
}

/** The control is as it should be where it is censored, and whatever else where it evades. */
async function writeJunit({ junit }: MatrixCommandOptions, cells: readonly Cell[]): Promise<void> {
  if (junit === undefined) return;
  const { matrixJunit } = await import('../../report/matrix-junit.ts');
  const text = matrixJunit(cells, ({ strategy }) => [
    CONTROLS.includes(strategy) ? 'CENSORED' : 'EVADED',
  ]);
  writing(junit, () => writeWhole(junit, text), OTHER_JUNIT);
}

/** Told before hours of work rather than after. */
function requireWritable(junit: string): void {
  const found = statSync(junit, { throwIfNoEntry: false });
  if (found?.isDirectory()) {
    throw new ChokepointError('USAGE', `--junit: expected a file; found the folder ${junit}`);
  }
  const needed = found === undefined ? dirname(resolve(junit)) : junit;
  writing(junit, () => accessSync(needed, constants.W_OK), OTHER_JUNIT);
}

const OTHER_JUNIT = 'name a file that you can write with --junit';

/** Of strategies, and of tools. */
const CONTROLS: readonly string[] = ['none', 'direct'];

interface Begun {
  readonly folder: MatrixFolder;
  readonly scenarios: readonly Scenario[];
  readonly tools: readonly Tool[];
}

function begin(options: MatrixCommandOptions): Begun {
  const strategies = strategiesOf(options);
  const names = namesOf(options);
  const scenarios = names.map((name) => loadScenario(name, tell));
  const toolNames = toolsOf(options);
  const tools = toolNames.map(loadTool);
  const plan = {
    startedAt: new Date().toISOString(),
    scenarios: names.map((name, i) => {
      const digest = digestOf(scenarios[i] as Scenario);
      return { name: ownFileOf(name) ?? name, digest };
    }),
    strategies,
    tools: toolNames.map((name, i) => ({ name, digest: digestOf(tools[i] as Tool) })),
    profiles: options.profile ?? null,
    repeat: wholeNumber('--repeat', options.repeat, 1, 1000) ?? 1,
    seed: seedOf(options.seed) ?? 0,
    readOnlyFiles: options.readOnlyFiles ?? false,
  };
  if (countCells({ ...plan, tools, scenarios, profiles: options.profile }) === 0) {
    throw nothingToTry(scenarios);
  }
  return { folder: MatrixFolder.begin(options.out, plan), scenarios, tools };
}

/** With what an earlier run did not come to. */
function goOn(options: MatrixCommandOptions): Begun {
  for (const name of FIXED) {
    if (options[name] === undefined) continue;
    throw new ChokepointError(
      'USAGE',
      `--resume goes on as was asked then; found --${flagOf(name)} too`,
      {
        hint: `leave it out, or begin another matrix`,
      },
    );
  }
  const folder = MatrixFolder.goOn(options.resume as string);
  return {
    folder,
    scenarios: scenariosOfPlan(folder.plan, tell),
    tools: toolsOfPlan(folder.plan),
  };
}

/** readOnlyFiles: read-only-files */
function flagOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const FIXED = [
  'scenarios',
  'strategies',
  'strategy',
  'tools',
  'profile',
  'repeat',
  'seed',
  'readOnlyFiles',
  'out',
] as const;

async function run(
  { folder, scenarios, tools }: Begun,
  jobs: number | undefined,
  { signal, passOn }: Interrupt,
): Promise<readonly Cell[]> {
  const { strategies, profiles, repeat, seed, readOnlyFiles } = folder.plan;
  const done = folder.cells;
  let count = 0;
  let startedAt = performance.now();
  const onCell = (cell: Cell, index: number): void => {
    if (index <= done.length) {
      startedAt = performance.now();
      return;
    }
    folder.note(cell);
    const { verdict, strategy, scenario, profile, carrier } = cell;
    const each = (performance.now() - startedAt) / (index - done.length);
    const left = `about ${Math.ceil((each * (count - index)) / 1000)} s left`;
    const what = `${verdict} ${strategy}, ${scenario} ${profile} ${carrier}`;
    progress(`${progressBar(index, count)}${index}/${count}, ${left}: ${what}`);
  };
  const onStart = (cells: number): void => {
    count = cells;
  };
  try {
    return await runMatrix({
      ...{
        scenarios,
        strategies,
        tools,
        profiles: profiles ?? undefined,
        repeat,
        seed,
        readOnlyFiles,
        jobs,
        signal,
      },
      ...{ out: folder.path, done, onStart, onCell },
      onFolder: (name: string) => folder.noteFolder(name),
    });
  } catch (error) {
    endProgress();
    if (folder.count === 0) folder.remove();
    else {
      tell(
        `${folder.count} of ${count} cells are there: ${commandName()} matrix --resume ${shellWord(folder.path)}`,
      );
    }
    passOn();
    throw error;
  } finally {
    endProgress();
  }
}

function list({ json }: MatrixCommandOptions): void {
  const all = CATALOGUE.map(({ id, number, class: kind, does, needs, source, over, geneva }) => {
    return { id, number, class: kind, does, needs, source, over, geneva };
  });
  if (json) printJson(all);
  else {
    const columns = [
      { title: 'strategy', grows: 0 },
      { title: 'no.', grows: 0 },
      { title: 'what it does', grows: 2 },
      { title: 'from', grows: 1 },
    ];
    const rows = all.map(({ id, number, does, source }) => [id, number, does, source]);
    print(renderTable, columns, rows, terminalWidth());
  }
}

/** Ids, and absolute paths of files; `all` stands for those that come with Chokepoint. */
function toolsOf({ tools }: MatrixCommandOptions): string[] {
  const named = tools === undefined ? [] : commaSeparated('--tools', tools);
  const ids = named.flatMap((name) => (name === 'all' ? toolIds() : [name]));
  return [...new Set(ids.map((name) => (/\.ya?ml$/.test(name) ? resolve(name) : name)))];
}

/** Those of the catalogue that are named, or all where no tool is named either; and those that are written out. */
function strategiesOf({ strategies, strategy = [], tools }: MatrixCommandOptions): string[] {
  const named = strategies === undefined ? [] : commaSeparated('--strategies', strategies);
  const asked = [...named, ...strategy];
  for (const text of asked.flatMap(catalogued)) findStrategy(text);
  if (asked.length > 0 || tools !== undefined) return [...new Set(asked.flatMap(catalogued))];
  return catalogued('all');
}

function catalogued(id: string): string[] {
  return id === 'all' ? CATALOGUE.map((strategy) => strategy.id) : [id];
}

function namesOf({ scenarios }: MatrixCommandOptions): string[] {
  return scenarios === undefined
    ? scenarioIds().filter((id) => !id.includes('/'))
    : [...new Set(commaSeparated('--scenarios', scenarios).flatMap(scenariosOf))];
}

function commaSeparated(flag: string, text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.every((word) => word !== '')) return words;
  throw new ChokepointError(
    'USAGE',
    `${flag}: expected names with commas between; found "${text}"`,
  );
}

function nothingToTry(scenarios: readonly Scenario[]): ChokepointError {
  const ids = scenarios.map(({ id }) => id).join(', ');
  return new ChokepointError(
    'USAGE',
    `nothing to try: ${ids} has nothing that these strategies or tools are about`,
    {
      hint: 'say what to try under `matrix` in the scenario, or name one such as az-2017 with --scenarios',
    },
  );
}
