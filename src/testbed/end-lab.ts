import { setTimeout as pause } from 'node:timers/promises';
import { ChokepointError } from '../base/errors.ts';
import { hasSandbox, readRecords } from './lab-records.ts';
import { askLab, type LabStatus } from './lab-status.ts';
import { findLeftovers, type Leftover } from './leftovers.ts';
import {
  isAlive,
  ownProcesses,
  type ProcessId,
  pidNamespaceOf,
  signalExactly,
} from './process-id.ts';
import { filesOf, type LabEntry, statePath } from './registry.ts';

/**
 * Ends a lab, and returns when every process of it is gone: first its owner is asked, then it is told by SIGTERM, and at last
 * what is recorded is killed. Rejects with `LAB_FAILED` if a process is left even so.
 *
 * @returns the lab's last words, if it had the time for any.
 */
export async function endLab(entry: LabEntry): Promise<LabStatus | undefined> {
  const { socket } = filesOf(statePath(), entry.lab);
  const namespace = hasSandbox(entry) ? pidNamespaceOf(entry.pid) : undefined;
  const isGone = (): boolean => !isAlive(entry.holder) && !hasSandbox(entry);
  const said = isAlive(entry.holder) ? await askLab(socket, 'end', END_LIMIT) : undefined;
  if (said === undefined) signalExactly(entry.holder, 'SIGTERM');
  if (!(await within(said === undefined ? TERM_LIMIT : END_LIMIT, isGone))) {
    // The init first: if the owner went before it, a stopped guard would have to be woken.
    signalExactly({ pid: entry.pid, startTime: entry.startTime }, 'SIGKILL');
    signalExactly(entry.holder, 'SIGKILL');
  }
  const left = (): ProcessId[] => [
    ...[entry.holder, { pid: entry.pid, startTime: entry.startTime }].filter(isAlive),
    ...(namespace === undefined ? [] : membersOf(namespace)),
    ...leftBy(entry.holder),
  ];
  const isOver = (): boolean => {
    for (const id of leftBy(entry.holder)) signalExactly(id, 'SIGKILL');
    return left().length === 0;
  };
  if (!(await within(KILL_LIMIT, isOver))) throw unending(`lab ${entry.lab}`, left());
  readRecords(); // removes the record, if its owner could not
  return said;
}

/** Kills what is left of labs whose owners are gone; resolves when nothing is. */
export async function endLeftovers(): Promise<readonly Leftover[]> {
  const found = findLeftovers();
  for (const { processes } of found) for (const id of processes) signalExactly(id, 'SIGKILL');
  const left = (): ProcessId[] =>
    found.flatMap(({ processes }) => processes).filter((id) => isAlive(id));
  if (await within(KILL_LIMIT, () => left().length === 0)) return found;
  throw unending('what a lab left', left());
}

/** What an owner that is gone has left. */
function leftBy({ pid, startTime }: ProcessId): readonly ProcessId[] {
  const own = findLeftovers().filter((one) => one.owner.pid === pid);
  return own.flatMap((one) => (one.owner.startTime === startTime ? one.processes : []));
}

/** Processes in a pid namespace of a lab, as far as this user may look. */
function membersOf(namespace: string): ProcessId[] {
  return ownProcesses().filter(({ pid }) => pidNamespaceOf(pid) === namespace);
}

function unending(what: string, left: readonly ProcessId[]): ChokepointError {
  const pids = [...new Set(left.map(({ pid }) => pid))].join(', ');
  return new ChokepointError('LAB_FAILED', `${what} could not be ended: still there: ${pids}`, {
    hint: 'look at what these processes wait for: ps -o pid,stat,wchan,args -p PID',
  });
}

/** Whether it came to hold within `limit` ms. */
async function within(limit: number, holds: () => boolean): Promise<boolean> {
  for (let waited = 0; !holds(); waited += POLL) {
    if (waited >= limit) return false;
    await pause(POLL);
  }
  return true;
}

/** In ms. An owner writes out captures before it ends. */
const END_LIMIT = 15_000;
const TERM_LIMIT = 5000;
const KILL_LIMIT = 5000;
const POLL = 10;
