import {
  chmodSync,
  closeSync,
  existsSync,
  fchmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ChokepointError, messageOf } from '../base/errors.ts';
import { ownPidNamespace, ownProcessId, type ProcessId } from './process-id.ts';
import type { HostAddresses } from './topology.ts';

/* Where labs that stay up are written down: a file each, in a folder that this user alone can enter. */

/** Who wrote a record. Only processes that count processes as the owner does may judge whether the owner lives. */
export interface Owned {
  /** The machine, and when it was started. */
  readonly machine: string;
  readonly boot: string;
  readonly pidNamespace: string;
  /** The process that owns the lab. */
  readonly holder: ProcessId;
}

/** A lab that stays after the command that made it: how to enter it and how to end it. */
export interface LabEntry extends Owned {
  readonly lab: string;
  readonly scenario: string;
  readonly profile: string;
  readonly startedAt: string;
  readonly out?: string | undefined;
  /** The lab's init. */
  readonly pid: number;
  readonly startTime: string;
  readonly hasUserNamespace: boolean;
  readonly holders: Readonly<Record<string, number>>;
  readonly hosts: Readonly<Record<string, HostAddresses>>;
}

/** A name that this process has taken for a lab, and the files that go by it. */
export interface ReservedName {
  readonly lab: string;
  readonly file: string;
  /** Where the owner answers; see `lab-status.ts`. */
  readonly socket: string;
  /** A text that only records of this owner contain. */
  readonly says: string;
}

/** Takes the first free name for a lab of this scenario. Until `record`, its file names the owner alone. */
export function reserveName(scenario: string): ReservedName {
  const owned = ownedByThis();
  const draft = firstDraft(owned);
  const directory = dirname(draft);
  try {
    for (let number = 1; ; number++) {
      const lab = number === 1 ? scenario : `${scenario}-${number}`;
      const { file, socket } = filesOf(directory, lab);
      if (!linked(draft, file)) continue;
      rmSync(socket, { force: true });
      return { lab, file, socket, says: JSON.stringify(owned).slice(1, -1) };
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Replaces what the file says, in one step: a reader finds the old record or the new one. */
export function record(file: string, entry: LabEntry): void {
  const draft = writeDraft(dirname(file), entry);
  try {
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw unwritable(file, error);
  }
}

/** Removes a lab's files, and the directory with the last one. They may be gone already. */
export function forget(file: string): void {
  // The record last: the name is free as soon as it is gone.
  rmSync(filesOf(dirname(file), nameOf(file)).socket, { force: true });
  rmSync(file, { force: true });
  try {
    rmdirSync(dirname(file));
  } catch {
    // other labs are left, or another process was faster
  }
}

/** What a record of this process begins with. */
export function ownedByThis(): Owned {
  return {
    machine: textOf('/etc/machine-id'),
    boot: textOf('/proc/sys/kernel/random/boot_id'),
    pidNamespace: ownPidNamespace(),
    holder: ownProcessId(),
  };
}

export function statePath(): string {
  return join(tmpdir(), `chokepoint-${process.getuid?.() ?? 0}`);
}

export function filesOf(directory: string, lab: string): { file: string; socket: string } {
  return { file: join(directory, `${lab}${RECORD}`), socket: join(directory, `${lab}${SOCKET}`) };
}

export function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1, -RECORD.length);
}

/** A folder of somebody else under our name could make us end processes of their choice. */
export function requireOwnFolder(directory: string): void {
  const flaw = flawOf(lstatSync(directory));
  if (flaw === undefined) return;
  throw new ChokepointError('MACHINE_CANNOT', `${directory} ${flaw}`, {
    hint: 'remove it, or set TMPDIR to a folder of your own',
  });
}

function flawOf(status: Stats): string | undefined {
  if (!status.isDirectory()) return 'is not a folder';
  if (status.uid !== process.getuid?.()) return 'belongs to somebody else';
  return (status.mode & 0o022) === 0 ? undefined : 'can be written to by others';
}

function stateDirectory(): string {
  const directory = statePath();
  try {
    mkdirSync(directory, { mode: 0o700 });
    chmodSync(directory, 0o700); // whatever the umask takes away
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(directory, error);
  }
  requireOwnFolder(directory);
  return directory;
}

/** The folder may go with the last lab right after it was found. */
function firstDraft(owned: Owned): string {
  for (let tries = 1; ; tries++) {
    const directory = stateDirectory();
    try {
      return writeDraft(directory, owned);
    } catch (error) {
      if (existsSync(directory) || tries === MOST_TRIES) throw error;
    }
  }
}

/** A whole record under a name that no lab has; none is left where the disk is full. */
function writeDraft(directory: string, content: object): string {
  const { pidNamespace, holder } = ownedByThis();
  const path = join(directory, `${DRAFT}${pidNamespace}-${holder.pid}-${holder.startTime}`);
  try {
    rmSync(path, { force: true });
    const fd = openSync(path, 'wx', 0o600);
    try {
      fchmodSync(fd, 0o600);
      const bytes = Buffer.from(JSON.stringify(content));
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } finally {
      closeSync(fd);
    }
    return path;
  } catch (error) {
    rmSync(path, { force: true });
    throw unwritable(path, error);
  }
}

/** Whether the name was free. */
function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw unwritable(file, error);
  }
}

function unwritable(path: string, cause: unknown): ChokepointError {
  return new ChokepointError('OUTPUT_FAILED', `${path} cannot be made: ${messageOf(cause)}`, {
    cause,
    hint: 'set TMPDIR to a directory that has room and that you can write to',
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return ''; // some containers have no machine-id
  }
}

const RECORD = '.json';
export const SOCKET = '.sock';
const MOST_TRIES = 10;
/** Names of records that are being written begin so. */
export const DRAFT = '.draft-';
