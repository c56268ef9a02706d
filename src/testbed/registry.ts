import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ChokepointError, messageOf } from '../base/errors.ts';
import type { HostAddresses } from './topology.ts';

/** A lab that stays after the command that made it: how to enter it and how to end it. */
export interface LabEntry {
  readonly lab: string;
  readonly scenario: string;
  readonly profile: string;
  readonly startedAt: string;
  readonly out: string | undefined;
  /** The process that owns the lab; `startTime` tells it from a later process with the same number. */
  readonly holder: { readonly pid: number; readonly startTime: string };
  readonly pid: number;
  readonly hasUserNamespace: boolean;
  readonly holders: Readonly<Record<string, number>>;
  readonly hosts: Readonly<Record<string, HostAddresses>>;
}

/** Takes the first free name for a lab of this scenario. The file names this process alone until `record`. */
export function reserveName(scenario: string): { readonly lab: string; readonly file: string } {
  const directory = stateDirectory();
  for (let number = 1; ; number++) {
    const lab = number === 1 ? scenario : `${scenario}-${number}`;
    const file = join(directory, `${lab}.json`);
    try {
      const holder = { pid: process.pid, startTime: startTimeOf(process.pid) };
      writeFileSync(file, JSON.stringify({ holder }), { flag: 'wx', mode: 0o600 });
      return { lab, file };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

export function record(file: string, entry: LabEntry): void {
  writeFileSync(file, JSON.stringify(entry));
}

/** Removes a lab's file, and the directory with the last one. Both may be gone already. */
export function forget(file: string): void {
  rmSync(file, { force: true });
  try {
    rmdirSync(dirname(file));
  } catch {
    // other labs are left, or another process was faster
  }
}

/** The labs of this user that are up. Files of labs that died without a trace are removed on the way. */
export function listLabs(): LabEntry[] {
  const directory = statePath();
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return []; // no lab has been up since the last one went down
  }
  checkOwner(directory);
  return names.flatMap((name) => {
    const file = join(directory, name);
    const entry = readEntry(file);
    if (entry?.holder !== undefined && !isAlive(entry.holder)) forget(file);
    else if (entry?.lab !== undefined) return [entry as LabEntry];
    return [];
  });
}

/** The lab of that name, or the only one there is. */
export function findLab(lab: string | undefined): LabEntry {
  const labs = listLabs();
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

/** Ends a lab by the recorded id of its owner, and waits until it is gone. */
export async function endLab(entry: LabEntry): Promise<void> {
  if (isAlive(entry.holder)) signal(entry.holder.pid, 'SIGTERM');
  for (let waited = 0; isAlive(entry.holder); waited += POLL) {
    if (waited >= END_LIMIT) signal(entry.holder.pid, 'SIGKILL');
    await pause(POLL);
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended between the look and the signal: that is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** When a process started, in clock ticks since boot (proc(5), stat field 22); undefined when there is none. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined; // there is no such process
  }
}

function isAlive({ pid, startTime }: LabEntry['holder']): boolean {
  return startTimeOf(pid) === startTime;
}

/** While a lab is being built its file names the holder alone; for a moment it is empty. */
function readEntry(file: string): Partial<LabEntry> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<LabEntry>;
  } catch {
    return undefined;
  }
}

function statePath(): string {
  return join(tmpdir(), `chokepoint-${process.getuid?.() ?? 0}`);
}

function stateDirectory(): string {
  const directory = statePath();
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new ChokepointError(
        'OUTPUT_FAILED',
        `${directory} cannot be made: ${messageOf(error)}`,
        {
          cause: error,
          hint: 'set TMPDIR to a directory that you can write to',
        },
      );
    }
  }
  checkOwner(directory);
  return directory;
}

/** A directory of somebody else under our name could make us end processes of their choice. */
function checkOwner(directory: string): void {
  const status = lstatSync(directory);
  if (status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o022) === 0)
    return;
  throw new ChokepointError('MACHINE_CANNOT', `${directory} belongs to somebody else`, {
    hint: 'remove it, or set TMPDIR to a directory of your own',
  });
}

const POLL = 10;
const END_LIMIT = 10_000;
