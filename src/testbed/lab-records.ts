import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { isAlive } from './process-id.ts';
import {
  DRAFT,
  filesOf,
  forget,
  type LabEntry,
  nameOf,
  type Owned,
  ownedByThis,
  requireOwnFolder,
  SOCKET,
  statePath,
} from './registry.ts';

/** What the folder of records holds. */
export interface Records {
  /** Labs whose owner lives. */
  readonly up: readonly LabEntry[];
  /** Labs whose owner is gone, and whose processes are not. */
  readonly leftOver: readonly LabEntry[];
  /** What else there is, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * Reads every record. Those of labs that died without a trace are removed on the way, if this process can judge that: it must
 * count processes as their owner did. Throws where the folder itself is not to be trusted.
 */
export function readRecords(): Records {
  const directory = statePath();
  const here = ownedByThis();
  const up: LabEntry[] = [];
  const leftOver: LabEntry[] = [];
  const notes: string[] = [];
  for (const name of namesIn(directory)) {
    const file = join(directory, name);
    if (name.startsWith(DRAFT)) {
      removeDraft(file, name, here);
      continue;
    }
    if (name.endsWith(SOCKET)) {
      removeSocket(directory, name);
      continue;
    }
    const found = readRecord(file, name);
    if (found === undefined) continue;
    if (typeof found === 'string') notes.push(`${file} is no record of a lab: ${found}; remove it`);
    else if (isOfEarlierStart(found, here)) forget(file);
    else if (!isOurs(found, here)) notes.push(elsewhere(file));
    else if (isAlive(found.holder)) up.push(...entryOf(found));
    else if (hasSandbox(found)) leftOver.push(...entryOf(found));
    else forget(file);
  }
  return { up, leftOver, notes };
}

/** The lab of that name, or the only one there is. */
export function findLab(lab: string | undefined, among: 'up' | 'all' = 'up'): LabEntry {
  const { up, leftOver } = readRecords();
  const labs = among === 'up' ? up : [...up, ...leftOver];
  const names = labs.map((entry) => entry.lab).join(', ');
  if (labs.length === 0) {
    throw new ChokepointError('LAB_UNKNOWN', 'no lab is up', {
      hint: 'start one with `chokepoint up az-2017`',
    });
  }
  if (lab === undefined && labs.length > 1) {
    throw new ChokepointError('LAB_UNKNOWN', `several labs are up: ${names}`, {
      hint: 'say which with --lab NAME',
    });
  }
  const found = lab === undefined ? labs[0] : labs.find((entry) => entry.lab === lab);
  if (found !== undefined) return found;
  throw new ChokepointError('LAB_UNKNOWN', `no lab "${lab}" is up`, {
    hint: `name one of ${names} with --lab`,
  });
}

/** Whether a lab's processes are still there. */
export function hasSandbox(entry: Partial<LabEntry>): boolean {
  const { pid, startTime } = entry;
  return pid !== undefined && startTime !== undefined && isAlive({ pid, startTime });
}

function namesIn(directory: string): string[] {
  try {
    requireOwnFolder(directory);
    const names = readdirSync(directory).sort();
    if (names.length === 0) removeEmpty(directory);
    return names;
  } catch (error) {
    if (error instanceof ChokepointError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // no lab has been up since the last one went down
    throw new ChokepointError('MACHINE_CANNOT', `${directory}: ${messageOf(error)}`, {
      cause: error,
      hint: 'remove it, or set TMPDIR to a folder of your own',
    });
  }
}

/** Of an owner and a guard that were killed. */
function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // another lab is being made, or this is inside one
  }
}

/** The record, or why it is none; undefined when it is gone. A file of any kind and size may stand in its place. */
function readRecord(file: string, name: string): Found | string | undefined {
  if (!RECORD_NAME.test(name)) return 'its name is none of a lab';
  try {
    const text = readSmall(file);
    if (text === '') return 'it is empty';
    const read = Reserved.safeParse(JSON.parse(text));
    if (!read.success) return describe(read.error);
    const full = Full.safeParse(JSON.parse(text));
    if (full.success) return full.data.lab === nameOf(file) ? full.data : 'it names another lab';
    return 'lab' in (JSON.parse(text) as object) ? describe(full.error) : read.data;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code === 'ELOOP') return 'it is a symbolic link';
    return error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
  }
}

function readSmall(file: string): string {
  // A pipe must not be waited for, nor a link be followed.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const fd = openSync(file, flags);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Error('it is not a file');
    if (status.uid !== process.getuid?.()) throw new Error('it belongs to somebody else');
    if (status.size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function describe({ issues }: z.ZodError): string {
  const [first] = issues;
  return `${first?.path.join('.') || 'all of it'}: ${first?.message ?? 'not as expected'}`;
}

/** Until the lab is up, a record names the owner alone. */
function entryOf(found: Found): LabEntry[] {
  return 'lab' in found ? [found] : [];
}

/** The machine was started again since: no process of that lab can be left. */
function isOfEarlierStart(found: Owned, here: Owned): boolean {
  return here.machine !== '' && found.machine === here.machine && found.boot !== here.boot;
}

/** Elsewhere the same number means another process. */
function isOurs(found: Owned, here: Owned): boolean {
  return found.boot === here.boot && found.pidNamespace === here.pidNamespace;
}

function elsewhere(file: string): string {
  return `${file} is a lab of another container or machine: \`chokepoint ps\` there shows it; if that is gone, remove the file`;
}

/** Of an owner that was killed; it is older than the record, and younger when both are removed. */
function removeSocket(directory: string, name: string): void {
  const lab = name.slice(0, -SOCKET.length);
  if (!existsSync(filesOf(directory, lab).file)) rmSync(join(directory, name), { force: true });
}

/** Of a process that ended while it wrote. */
function removeDraft(file: string, name: string, here: Owned): void {
  const [namespace, pid, startTime = ''] = name.slice(DRAFT.length).split('-');
  if (namespace !== here.pidNamespace || isAlive({ pid: Number(pid), startTime })) return;
  forget(file);
}

const Pid = z.int().min(2);
const Ticks = z.string().regex(/^\d{1,20}$/);
const Id = z.object({ pid: Pid, startTime: Ticks });
/** Of one line, so that it can be shown. */
const Words = z.string().regex(/^[^\p{C}]{1,4096}$/u);
const Reserved = z.object({
  machine: z.string().max(100),
  boot: z.string().max(100),
  pidNamespace: z.string().max(100),
  holder: Id,
});
const Full = Reserved.extend({
  lab: Words,
  scenario: Words,
  profile: Words,
  startedAt: z.iso.datetime(),
  // A folder's name may be any text; whoever shows it makes it showable.
  out: z.string().min(1).max(4096).optional(),
  pid: Pid,
  startTime: Ticks,
  hasUserNamespace: z.boolean(),
  holders: z.record(Words, z.int().min(2)),
  hosts: z.record(Words, z.object({ ipv4: Words, ipv6: Words, resolver: Words })),
});
type Found = z.infer<typeof Reserved> | z.infer<typeof Full>;

const RECORD_NAME = /^[^.][^/]*\.json$/;
/** Of a lab with some hundred hosts. */
const MOST_BYTES = 1024 * 1024;
