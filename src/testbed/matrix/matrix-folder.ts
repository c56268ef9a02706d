import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ChokepointError, messageOf } from '../../base/errors.ts';
import { pathBelow } from '../../base/name.ts';
import { writing } from '../../base/writing.ts';
import {
  appendOwn,
  readOwn,
  requireFile,
  truncateOwn,
  writeNew,
  writeOwn,
} from '../../files/own-file.ts';
import { loadScenario } from '../../scenario/library.ts';
import { listsOf } from '../../scenario/name-lists.ts';
import type { Scenario } from '../../scenario/schema.ts';
import type { Tool } from '../../scenario/tool-file.ts';
import { loadTool } from '../../scenario/tool-library.ts';
import type { TellNotice } from '../../scenario/yaml-file.ts';
import { type OutFolder, takeFolder } from '../out-folder.ts';
import { type Cell, VERDICTS } from './cell.ts';

/** What a matrix was asked for: what one needs to go on with it. */
const PlanSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  /** By what they are loaded, and a digest of what was read. */
  scenarios: z.array(z.strictObject({ name: z.string(), digest: z.string() })).min(1),
  strategies: z.array(z.string()),
  tools: z.array(z.strictObject({ name: z.string(), digest: z.string() })),
  profiles: z.string().nullable(),
  repeat: z.int().min(1),
  seed: z.int().min(0),
  readOnlyFiles: z.boolean().default(false),
});

const AttemptSchema = z.strictObject({
  hasSucceeded: z.boolean(),
  hasLeaked: z.boolean(),
  missing: z.string().optional(),
  failure: z.string().nullable(),
  local: z.string().optional(),
});

const CellSchema: z.ZodType<Cell> = z.strictObject({
  scenario: z.string(),
  profile: z.string(),
  strategy: z.string(),
  kind: z.enum(['strategy', 'tool']),
  carrier: z.string(),
  by: z.string().nullable(),
  verdict: z.enum(VERDICTS),
  verdicts: z.array(z.enum(VERDICTS)).min(1),
  plainAllowed: AttemptSchema.nullable(),
  plainBlocked: AttemptSchema.nullable(),
  allowed: AttemptSchema.nullable(),
  blocked: AttemptSchema.nullable(),
  why: z.string().nullable(),
  tookMs: z.number(),
  folder: z.string().nullable(),
  span: z
    .strictObject({ from: z.number(), to: z.number(), clients: z.array(z.string()) })
    .nullable(),
});

export type MatrixPlan = z.output<typeof PlanSchema>;

/** A matrix that is written down as it goes, a cell a line, so that it can be gone on with whatever ended it. */
export class MatrixFolder {
  readonly path: string;
  readonly plan: MatrixPlan;
  /** Those that are there already. */
  readonly cells: readonly Cell[];
  readonly #made: OutFolder | undefined;
  /** What was made in it. */
  readonly #names: string[] = [];
  #count: number;
  #failure: ChokepointError | undefined;

  private constructor(
    path: string,
    plan: MatrixPlan,
    cells: readonly Cell[],
    made: OutFolder | undefined,
  ) {
    this.path = path;
    this.plan = plan;
    this.cells = cells;
    this.#made = made;
    this.#count = cells.length;
  }

  /** `asked`, or a folder of its own under `runs`. */
  static begin(asked: string | undefined, plan: MatrixPlan): MatrixFolder {
    const { out, folder } = takeFolder(asked, 'matrix', new Date(plan.startedAt), PLAN_FILE);
    const begun = new MatrixFolder(out, plan, [], folder);
    begun.#names.push(PLAN_FILE);
    try {
      writing(out, () => {
        writeOwn(join(out, PLAN_FILE), `${JSON.stringify(plan, undefined, 2)}\n`);
        writeNew(join(out, CELLS_FILE), '');
      });
      begun.#names.push(CELLS_FILE);
    } catch (error) {
      begun.remove();
      throw error;
    }
    return begun;
  }

  /** One that was begun, to be read alone; `USAGE` for what is none. */
  static open(path: string): MatrixFolder {
    const plan = readPlan(path);
    return new MatrixFolder(path, plan, readCells(join(path, CELLS_FILE)).cells, undefined);
  }

  /** The same, to go on with: a cell that was being written when the run was killed is cut off. */
  static goOn(path: string): MatrixFolder {
    const plan = readPlan(path);
    const file = join(path, CELLS_FILE);
    const { cells, length } = readCells(file);
    if (length !== undefined) truncateOwn(file, length);
    return new MatrixFolder(path, plan, cells, undefined);
  }

  /** How many cells are written down. */
  get count(): number {
    return this.#count;
  }

  /** `OUTPUT_FAILED` if it cannot be written; then no other is either, so that a line cut short stays the last. */
  note(cell: Cell): void {
    if (this.#failure !== undefined) throw this.#failure;
    const file = join(this.path, CELLS_FILE);
    try {
      writing(file, () => appendOwn(file, `${JSON.stringify(cell)}\n`));
    } catch (error) {
      this.#failure = error as ChokepointError;
      throw error;
    }
    this.#count++;
  }

  /** A folder was made in it for a lab. */
  noteFolder(name: string): void {
    this.#names.push(name);
  }

  /** Takes back what was made for it, and nothing that others put there; nothing of a matrix that was only gone on with. */
  remove(): void {
    if (this.#made === undefined) return;
    for (const name of this.#names) {
      rmSync(pathBelow(this.path, name), { recursive: true, force: true });
    }
    this.#made.leave();
  }
}

/** Of what a scenario or a tool says, however its file is laid out, and of the lists of names that it has. */
export function digestOf(value: Scenario | Tool): string {
  const hash = createHash('sha256').update(JSON.stringify(value));
  if ('rules' in value) for (const list of listsOf(value.rules)) hash.update(readFileSync(list));
  return hash.digest('hex').slice(0, 16);
}

/** The scenarios of a matrix, which must say what they said then; and so its tools. */
export function scenariosOfPlan({ scenarios }: MatrixPlan, tellNotice: TellNotice): Scenario[] {
  return scenarios.map((one) => unchanged(one, loadScenario(one.name, tellNotice)));
}

export function toolsOfPlan({ tools }: MatrixPlan): Tool[] {
  return tools.map((one) => unchanged(one, loadTool(one.name)));
}

function unchanged<T extends Scenario | Tool>(
  { name, digest }: MatrixPlan['tools'][number],
  found: T,
): T {
  if (digestOf(found) === digest) return found;
  throw new ChokepointError('USAGE', `${name} has changed since the matrix was begun`, {
    hint: 'begin another: cells of two kinds would stand side by side',
  });
}

function readPlan(path: string): MatrixPlan {
  const file = join(path, PLAN_FILE);
  try {
    return PlanSchema.parse(JSON.parse(readOwn(file).toString()));
  } catch (error) {
    const isThere = existsSync(file);
    const found = isThere
      ? `${PLAN_FILE} is not one: ${messageOf(error)}`
      : `no ${PLAN_FILE} in it`;
    throw new ChokepointError('USAGE', `${path}: expected the folder of a matrix; ${found}`, {
      cause: error,
      hint: 'name what `matrix` was given with --out, or a folder under runs/',
    });
  }
}

/** The cells of the whole lines; where the last one is not whole, `length` is that of the others, in bytes. */
function readCells(file: string): { readonly cells: Cell[]; readonly length: number | undefined } {
  requireFile(file);
  const text = existsSync(file) ? readOwn(file) : Buffer.alloc(0);
  const length = text.lastIndexOf('\n') + 1;
  const cells = cellsIn(text.subarray(0, length).toString(), file);
  return { cells, length: length < text.length ? length : undefined };
}

function cellsIn(text: string, file: string): Cell[] {
  return text.split('\n').flatMap((line, i) => {
    if (line === '') return [];
    try {
      return [CellSchema.parse(JSON.parse(line))];
    } catch (error) {
      throw new ChokepointError('USAGE', `${file}:${i + 1}:1: expected a cell, as JSON`, {
        cause: error,
        hint: 'take the line out: its cell is then tried again',
      });
    }
  });
}

const PLAN_FILE = 'matrix.json';
const CELLS_FILE = 'cells.jsonl';
