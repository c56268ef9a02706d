import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** A process, told from a later one of the same number by when it started. */
export interface ProcessRecord {
  readonly pid: number;
  readonly parent: number;
  readonly startTime: string;
  readonly command: string;
}

/** Processes with `name=value` in their environment: what a test started, and everything that came of it. */
export function processesWith(setting: string): ProcessRecord[] {
  return pids().flatMap((pid) => {
    if (!read(`/proc/${pid}/environ`).split('\0').includes(setting)) return [];
    const found = processOf(pid);
    return found === undefined ? [] : [found];
  });
}

/** Undefined when it has ended, also when nobody has asked for its status yet. */
export function processOf(pid: number): ProcessRecord | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; state, parent and the rest follow it: proc(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (stat === '' || fields[0] === 'Z') return undefined;
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return { pid, parent: Number(fields[1]), startTime: fields[19] as string, command };
}

/** The namespaces these processes are in, as `kind:[number]`. */
export function namespacesOf(processes: readonly ProcessRecord[]): Set<string> {
  return new Set(
    processes.flatMap(({ pid }) =>
      NAMESPACES.flatMap((kind) => {
        try {
          return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
        } catch {
          return []; // it ended meanwhile, or belongs to somebody else
        }
      }),
    ),
  );
}

/** Ends these processes by their ids, and those that they leave behind. */
export async function endProcesses(find: () => readonly ProcessRecord[]): Promise<void> {
  await until('every process ends', () => {
    const left = find();
    for (const { pid, startTime } of left) {
      if (processOf(pid)?.startTime === startTime) kill(pid);
    }
    return left.length === 0;
  });
}

/** Resolves when the condition holds; rejects when it does not within a minute. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`it did not come to pass that ${what}`);
    await pause(POLL);
  }
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it ended meanwhile, or belongs to somebody else
  }
}

const NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const POLL = 20;
const PATIENCE = 60_000;
