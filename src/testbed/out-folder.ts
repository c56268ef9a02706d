import {
  existsSync,
  mkdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ChokepointError, messageOf } from '../base/errors.ts';
import {
  CAPTURE_FILE,
  EVENTS_FILE,
  MEASUREMENTS_FILE,
  ORIGIN_FILE,
  SUMMARY_FILE,
} from './lab-config.ts';

const RUN_FILES = [EVENTS_FILE, CAPTURE_FILE, ORIGIN_FILE, MEASUREMENTS_FILE, SUMMARY_FILE];

/** A folder that a lab writes to. */
export interface OutFolder {
  readonly path: string;
  /** Takes back what was made for it; a folder that was there before stays as it is. */
  remove(): void;
}

/** The folder that was asked for, or the first free one under `runs` that is called after the time and `title`. */
export function takeFolder(
  asked: string | undefined,
  title: string,
  startedAt: Date,
  mark: string,
): { out: string; folder: OutFolder } {
  if (asked !== undefined) return { out: asked, folder: makeOutFolder(asked, mark) };
  const name = `${stamp(startedAt)}-${title}`;
  let out = join('runs', name);
  for (let number = 2; existsSync(out); number++) out = join('runs', `${name}-${number}`);
  return { out, folder: makeOutFolder(out, mark) };
}

/** Makes the folder and those above it, and takes it for one run by a file that is not there yet. */
export function makeOutFolder(name: string, mark: string = EVENTS_FILE): OutFolder {
  const path = resolve(name);
  refuseRun(path);
  const made = missingOf(path);
  try {
    // Not `recursive`: below /proc that never returns (Node 20).
    for (const folder of made) mkdirSync(folder);
    if (!statSync(path).isDirectory()) throw new Error('there is a file of that name');
    writeFileSync(join(path, mark), '', { flag: 'wx' });
  } catch (error) {
    if (isTaken(error)) throw taken(name);
    throw new ChokepointError('OUTPUT_FAILED', `${name} cannot be made: ${messageOf(error)}`, {
      cause: error,
      hint: 'name a folder you can write to with --out',
    });
  }
  return { path, remove: () => removeFolders(path, made) };
}

/** A lab hides the machine's /run under its own. */
export function refuseRun(path: string): void {
  const existing = nearestExisting(resolve(path));
  const real = join(realpathSync(existing), relative(existing, resolve(path)));
  if (!isUnderRun(real)) return;
  throw new ChokepointError(
    'USAGE',
    `${path}: a lab has a /run of its own and cannot write there`,
    {
      hint: 'name another folder with --out',
    },
  );
}

/** Whether a path without symbolic links is one that no process of a lab sees. */
export function isUnderRun(path: string): boolean {
  return /^\/(var\/)?run(\/|$)/.test(path);
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** The folders on the way to `path` that do not exist, outermost first. */
function missingOf(path: string): string[] {
  return existsSync(path) ? [] : [...missingOf(dirname(path)), path];
}

/** The mark is made first and by one alone: two runs in one folder would spoil each other's files. */
function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function taken(name: string): ChokepointError {
  return new ChokepointError('OUTPUT_FAILED', `${name} holds a run already`, {
    hint: 'name another folder with --out, or remove that one',
  });
}

function removeFolders(path: string, made: readonly string[]): void {
  if (made.length === 0) {
    for (const file of RUN_FILES) rmSync(join(path, file), { force: true });
    return;
  }
  rmSync(path, { recursive: true, force: true });
  try {
    for (const folder of made.slice(0, -1).reverse()) rmdirSync(folder);
  } catch {
    // somebody else has put something there meanwhile
  }
}

/** 20170327T113000Z */
function stamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}
