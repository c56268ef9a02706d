import { ChokepointError } from '../../base/errors.ts';
import { CATALOGUE } from '../../evasion/catalogue.ts';
import { findStrategy } from '../../evasion/find.ts';
import { formatMatrix, matrixCsv, renderMatrix } from '../../report/matrix.ts';
import { renderTable } from '../../report/table.ts';
import { loadScenario, scenarioIds, scenariosOf } from '../../scenario/library.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { type Cell, runMatrix } from '../../testbed/matrix.ts';
import { interruptible } from '../interrupt.ts';
import { endProgress, printJson, progress, tell, terminalWidth, writeOut } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface MatrixCommandOptions {
  readonly scenarios?: string;
  readonly strategies?: string;
  readonly strategy?: readonly string[];
  readonly profile?: string;
  readonly jobs?: string;
  readonly seed?: string;
  readonly list?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** Exit status 1 if a cell says nothing of its strategy: INFRA or MODEL. */
export async function matrix(options: MatrixCommandOptions): Promise<void> {
  if (options.list) {
    list(options);
    return;
  }
  const strategies = strategiesOf(options);
  const scenarios = scenariosFor(options);
  const jobs = wholeNumber('--jobs', options.jobs, 1, 64);
  const seed = wholeNumber('--seed', options.seed, 0, 4_294_967_295);
  const { signal, passOn } = interruptible();
  let count = 0;
  const startedAt = performance.now();
  const onCell = ({ verdict, strategy, scenario, profile, carrier }: Cell, index: number): void => {
    const left = ((performance.now() - startedAt) / index) * (count - index);
    const about = `, about ${Math.ceil(left / 1000)} s left`;
    progress(`${index}/${count} ${verdict} ${strategy}, ${scenario} ${profile} ${carrier}${about}`);
  };
  const cells = await runMatrix({
    ...{ scenarios, strategies, profiles: options.profile, jobs, seed, signal, onCell },
    onStart: (cellCount) => {
      count = cellCount;
    },
  })
    .finally(endProgress)
    .catch((error: unknown) => {
      passOn();
      throw error;
    });
  if (cells.length === 0) throw nothingToTry(scenarios);
  if (options.json) printJson(cells);
  else if (options.csv) writeOut(matrixCsv(cells));
  else {
    const isColoured = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
    console.log(`${renderMatrix(cells, terminalWidth(), isColoured)}\n`);
    console.log(formatMatrix(cells));
  }
  const isClear = cells.every(({ verdict }) => verdict !== 'INFRA' && verdict !== 'MODEL');
  process.exitCode = isClear ? 0 : 1;
}

function list({ json }: MatrixCommandOptions): void {
  const told = CATALOGUE.map(({ id, number, class: kind, does, needs, source, over, geneva }) => {
    return { id, number, class: kind, does, needs, source, over, geneva };
  });
  if (json) printJson(told);
  else {
    const columns = [
      { title: 'strategy', grows: 0 },
      { title: 'no.', grows: 0 },
      { title: 'what it does', grows: 2 },
      { title: 'from', grows: 1 },
    ];
    const rows = told.map(({ id, number, does, source }) => [id, number, does, source]);
    console.log(renderTable(columns, rows, terminalWidth()));
  }
}

/** Those of the catalogue that are named, or all; and those that are written out. */
function strategiesOf({ strategies, strategy = [] }: MatrixCommandOptions): string[] {
  const named = strategies === undefined ? [] : commaSeparated('--strategies', strategies);
  const asked = [...named, ...strategy];
  for (const text of asked) findStrategy(text);
  return asked.length > 0 ? [...new Set(asked)] : CATALOGUE.map(({ id }) => id);
}

function scenariosFor({ scenarios }: MatrixCommandOptions): Scenario[] {
  const ids =
    scenarios === undefined
      ? scenarioIds().filter((id) => !id.includes('/'))
      : commaSeparated('--scenarios', scenarios).flatMap(scenariosOf);
  return ids.map((id) => loadScenario(id, tell));
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
    `nothing to try: ${ids} has no rule about server names or Host headers that these strategies are about`,
    { hint: 'name a scenario such as az-2017 with --scenarios' },
  );
}
