import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** A process of this pid namespace; `startTime` tells it from a later process with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** In clock ticks since the machine started (proc(5), stat field 22). */
  readonly startTime: string;
}

/** The process that has this number now; undefined when there is none, or only its exit status is left. */
export function processIdOf(pid: number): ProcessId | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** This process. */
export function ownProcessId(): ProcessId {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '0' };
}

export function isAlive({ pid, startTime }: ProcessId): boolean {
  return startTimeOf(pid) === startTime;
}

/** Sends a signal to this process and to no other; nothing when it has ended. A signal of another user's process is not sent. */
export function signalExactly(id: ProcessId, name: NodeJS.Signals): void {
  // 0, 1 and negative numbers mean others: kill(2).
  if (id.pid <= 1 || !isAlive(id)) return;
  try {
    process.kill(id.pid, name);
  } catch (error) {
    // It ended between the look and the signal, or has become somebody else's.
    if (!GONE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const GONE: readonly string[] = ['ESRCH', 'EPERM'];

/** The pid namespace in which this process counts processes; a number that is unique until the machine is started again. */
export function ownPidNamespace(): string {
  return pidNamespaceOf('self') ?? 'unknown';
}

/** Of another process; undefined when it has ended, or belongs to somebody else. */
export function pidNamespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`).replace(/\D/g, '');
  } catch {
    return undefined;
  }
}

/** Processes of this user as /proc lists them, without those of which only the exit status is left. */
export function ownProcesses(): ProcessId[] {
  const uid = process.getuid?.();
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || userOf(name) !== uid) return [];
    return processIdOf(Number(name)) ?? [];
  });
}

function userOf(name: string): number | undefined {
  try {
    return statSync(`/proc/${name}`).uid;
  } catch {
    return undefined; // it ended meanwhile
  }
}

/** How long a process has used processors, in clock ticks; 0 if there is none. */
export function processorTime(pid: number | undefined): number {
  const fields = pid === undefined ? [] : fieldsOf(pid);
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function startTimeOf(pid: number): string | undefined {
  const fields = fieldsOf(pid);
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** What /proc says of a process, from its state on (proc(5), stat field 3); nothing if there is no such process. */
export function fieldsOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; the state follows it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
