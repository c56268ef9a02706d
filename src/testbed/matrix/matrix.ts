import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChokepointError } from '../../base/errors.ts';
import { findStrategy } from '../../evasion/find.ts';
import { carriersOf, type Strategy } from '../../evasion/strategy.ts';
import { profileOf } from '../../scenario/profile.ts';
import type { Scenario } from '../../scenario/schema.ts';
import type { Tool } from '../../scenario/tool-file.ts';
import { type Cell, cellName } from './cell.ts';
import { runPlan } from './plan.ts';
import type { Planned } from './planned.ts';
import { targetsOf } from './target.ts';
import { together } from './together.ts';

export interface MatrixOptions {
  readonly scenarios: readonly Scenario[];
  /** Ids of the catalogue, or strategies as Geneva writes them. */
  readonly strategies: readonly string[];
  /** As `loadTool` reads them; none by default. */
  readonly tools?: readonly Tool[] | undefined;
  /** Of each scenario: its first, by default; one by its name; or each. */
  readonly profiles?: string | 'all' | undefined;
  /** Attempts that are made at once, 8 by default; from 8 on in several labs. */
  readonly jobs?: number | undefined;
  /** How often each cell is tried; once by default. */
  readonly repeat?: number | undefined;
  /** For what strategies leave to chance. */
  readonly seed?: number | undefined;
  /** A folder for the labs' captures and logs, which exists; by default nothing is kept. */
  readonly out?: string | undefined;
  /** Cells of an earlier run with the same options, which are not tried again. */
  readonly done?: readonly Cell[] | undefined;
  /** Whether the machine's files are read-only in its labs: see `OpenLabOptions`. */
  readonly readOnlyFiles?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told the name of each folder that a lab gets in `out`. */
  readonly onFolder?: ((name: string) => void) | undefined;
  readonly onStart?: ((cells: number) => void) | undefined;
  /** Each cell as it is there, those of `done` first. */
  readonly onCell?: ((cell: Cell, index: number) => void) | undefined;
}

/** Tries everything against every scenario, a lab for each model; cells by scenario and model, in the order of targets and strategies. */
export async function runMatrix(options: MatrixOptions): Promise<readonly Cell[]> {
  const plans = plansOf(options);
  const cells = new Map<string, Cell>((options.done ?? []).map((cell) => [cellName(cell), cell]));
  const names = plans.flatMap((plan) => plan.cells.map((planned) => nameOf(plan, planned)));
  const known = new Set(names);
  for (const name of cells.keys()) if (!known.has(name)) cells.delete(name);
  options.onStart?.(names.length);
  let count = 0;
  for (const cell of cells.values()) options.onCell?.(cell, ++count);
  const folder = options.out ?? mkdtempSync(join(tmpdir(), 'chokepoint-matrix-'));
  const { readOnlyFiles, onFolder, jobs = JOBS } = options;
  const waiting = plans.flatMap((plan) => {
    const left = plan.cells.filter((planned) => !cells.has(nameOf(plan, planned)));
    return left.length === 0 ? [] : [{ ...plan, cells: left, folder, readOnlyFiles, onFolder }];
  });
  const labs = Math.min(waiting.length, Math.max(1, Math.floor(jobs / JOBS_OF_A_LAB)));
  const each = Math.ceil(jobs / Math.max(labs, 1));
  const note = (cell: Cell): void => {
    cells.set(cellName(cell), cell);
    options.onCell?.(cell, ++count);
  };
  try {
    const work = async (signal: AbortSignal): Promise<void> => {
      for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
        await runPlan(plan, { ...options, jobs: each, signal }, note);
      }
    };
    await together(options.signal, Array<typeof work>(labs).fill(work));
  } finally {
    if (options.out === undefined) rmSync(folder, { recursive: true, force: true });
  }
  return names.map((name) => cells.get(name) as Cell);
}

/** How many cells there would be; `USAGE` if two scenarios, or a tool and something else, have the same id. */
export function countCells(options: Asked): number {
  return plansOf(options).reduce((sum, { cells }) => sum + cells.length, 0);
}

type Asked = Pick<MatrixOptions, 'scenarios' | 'strategies' | 'tools' | 'profiles'>;

function plansOf({ scenarios, profiles, tools = [], ...options }: Asked): PlanOf[] {
  const found = options.strategies.map(findStrategy);
  // Geneva's strategies can be written in several ways.
  const strategies = [...new Map(found.map((strategy) => [strategy.id, strategy])).values()];
  requireDistinct('scenario', scenarios);
  requireDistinct('strategy or tool', [...strategies, ...tools]);
  return scenarios.flatMap((scenario) =>
    profilesOf(scenario, profiles).map((profile) => {
      return { scenario, profile, cells: cellsFor(scenario, strategies, tools) };
    }),
  );
}

/** By their ids cells are told apart. */
function requireDistinct(what: string, all: readonly { readonly id: string }[]): void {
  const ids = all.map(({ id }) => id);
  const again = ids.find((id, i) => ids.indexOf(id) !== i);
  if (again === undefined) return;
  throw new ChokepointError('USAGE', `expected each ${what} once; found "${again}" again`, {
    hint: 'give one of the two another id in its file, or leave it out',
  });
}

interface PlanOf {
  readonly scenario: Scenario;
  readonly profile: string;
  readonly cells: readonly Planned[];
}

function profilesOf(scenario: Scenario, profiles: string | undefined): string[] {
  if (profiles === 'all') return Object.keys(scenario.profiles);
  return [profileOf(scenario, profiles).profile];
}

function cellsFor(
  scenario: Scenario,
  strategies: readonly Strategy[],
  tools: readonly Tool[],
): Planned[] {
  const targets = targetsOf(scenario);
  return [
    ...targets.flatMap((target) =>
      strategies
        .filter((strategy) => carriersOf(strategy).includes(target.over))
        .map((strategy) => ({ target, strategy })),
    ),
    ...targets.flatMap((target) => tools.map((tool) => ({ target, tool }))),
  ];
}

function nameOf({ scenario, profile }: PlanOf, { strategy, tool, target }: Planned): string {
  const of = strategy?.id ?? tool?.id ?? '';
  return cellName({ scenario: scenario.id, profile, carrier: target.name, strategy: of });
}

const JOBS = 8;
const JOBS_OF_A_LAB = 4;
