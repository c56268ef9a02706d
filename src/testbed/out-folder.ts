import {
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { pathBelow } from '../base/name.ts';
import { writing } from '../base/writing.ts';
import { writeNew } from '../files/own-file.ts';
import {
  CAPTURE_FILE,
  CLIENTS_FILE,
  EVENTS_FILE,
  MEASUREMENTS_FILE,
  ORIGIN_FILE,
  SCENARIO_FILE,
  SENSOR_FILE,
  SENSOR_FOLDER,
  SUMMARY_FILE,
  TABLES_FOLDER,
} from './lab-config.ts';

/** What a run or a lab may write into its folder. */
const RUN_FILES = [
  ...[SCENARIO_FILE, EVENTS_FILE, CAPTURE_FILE, CLIENTS_FILE, ORIGIN_FILE, MEASUREMENTS_FILE],
  ...[SUMMARY_FILE, SENSOR_FILE, SENSOR_FOLDER, TABLES_FOLDER],
];

/** A folder that a lab writes to. */
export interface OutFolder {
  readonly path: string;
  /** Takes back what was made for it; a folder that was there before stays as it is. */
  remove(): void;
  /** Takes back the folders alone that were made for it, if nothing is in them. */
  leave(): void;
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
  let out = pathBelow('runs', name);
  for (let number = 2; existsSync(out); number++) out = pathBelow('runs', `${name}-${number}`);
  return { out, folder: makeOutFolder(out, mark) };
}

/** Makes the folder and those above it, and takes it for one run by a file that is not there yet. */
export function makeOutFolder(name: string, mark: string = EVENTS_FILE): OutFolder {
  if (name === '') throw new ChokepointError('USAGE', 'expected the name of a folder; found ""');
  const path = resolve(name);
  refuseRun(path);
  const made: string[] = [];
  try {
    // Not `recursive`: below /proc that never returns (Node 20).
    for (const folder of missingOf(path)) {
      if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink())
        throw new Error(`${folder} is a link that leads nowhere`);
      if (makeFolder(folder)) made.push(folder);
    }
    if (!statSync(path).isDirectory()) throw new Error('there is a file of that name');
    takeByMark(name, join(path, mark));
    if (mark === EVENTS_FILE && made.length === 0) refuseOthers(name, path);
  } catch (error) {
    removeEmpty(made);
    if (error instanceof ChokepointError) throw error;
    throw new ChokepointError('OUTPUT_FAILED', `${name} cannot be made: ${messageOf(error)}`, {
      cause: error,
      hint: 'name a folder you can write to with --out',
    });
  }
  return {
    path,
    remove: () => removeFolders(path, made),
    leave: () => removeEmpty(made),
  };
}

/** Makes a folder in one that labs have written to: a link that one of them put there is not followed. */
export function makeFolderWithin(out: string, name: string): OutFolder {
  const path = pathBelow(resolve(out), name);
  if (isThere(path)) throw taken(out, `something called ${name}`);
  writing(path, () => mkdirSync(path));
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true }),
    leave: () => removeEmpty([path]),
  };
}

/** A lab hides the machine's /run and /dev under its own. */
export function refuseRun(path: string): void {
  const existing = nearestExisting(resolve(path));
  const real = join(realpathSync(existing), relative(existing, resolve(path)));
  const hidden = hiddenPlaceOf(real);
  if (hidden === undefined) return;
  throw new ChokepointError(
    'USAGE',
    `${path}: a lab has a ${hidden} of its own and cannot write there`,
    {
      hint: 'name another folder with --out',
    },
  );
}

/** The folder of the machine in which a path without symbolic links is one that no process of a lab sees. */
export function hiddenPlaceOf(path: string): '/run' | '/dev' | undefined {
  if (/^\/(var\/)?run(\/|$)/.test(path)) return '/run';
  return /^\/dev(\/|$)/.test(path) ? '/dev' : undefined;
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** The folders on the way to `path` that do not exist, outermost first. */
function missingOf(path: string): string[] {
  return existsSync(path) ? [] : [...missingOf(dirname(path)), path];
}

/** False if another process was quicker, whose folder it then is. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (!isThereAlready(error)) throw error;
    return false;
  }
}

/** The mark is made first and by one alone: two runs in one folder would spoil each other's files. */
function takeByMark(name: string, mark: string): void {
  try {
    writeNew(mark, '');
  } catch (error) {
    throw isThereAlready(error) ? taken(name, 'a run') : error;
  }
}

function isThereAlready(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

/** A link that leads nowhere counts too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What a run would write over, or behind: it may be somebody else's, or a link to it. */
function refuseOthers(name: string, path: string): void {
  const there = RUN_FILES.find((file) => file !== EVENTS_FILE && isThere(join(path, file)));
  if (there === undefined) return;
  rmSync(join(path, EVENTS_FILE));
  throw taken(name, `something called ${there}`);
}

function taken(name: string, what: string): ChokepointError {
  return new ChokepointError('OUTPUT_FAILED', `${name} holds ${what} already`, {
    hint: 'name another folder with --out, or remove that one',
  });
}

function removeFolders(path: string, made: readonly string[]): void {
  if (made.length === 0) {
    for (const file of RUN_FILES) rmSync(join(path, file), { recursive: true, force: true });
    return;
  }
  rmSync(path, { recursive: true, force: true });
  removeEmpty(made.slice(0, -1));
}

/** Folders that were made one in the other, from the innermost on. */
function removeEmpty(made: readonly string[]): void {
  try {
    for (const folder of [...made].reverse()) if (existsSync(folder)) rmdirSync(folder);
  } catch {
    // somebody else has put something there meanwhile
  }
}

/** 20170327T113000Z */
function stamp(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}
