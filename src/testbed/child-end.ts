import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Millis } from '../base/units.ts';
import { withinTime } from './within-time.ts';

/** A process whose answers are lines of its stdout. */
export interface Answering {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  /** How long it was waited for in vain, before it was killed. */
  silence?: Millis;
}

/** The next line; undefined when the process ended first. One that says nothing for `limit`, 20 s, is killed, and counts as ended. */
export async function nextLine(
  answering: Answering,
  limit: Millis = SILENCE,
): Promise<string | undefined> {
  const timer = setTimeout(() => {
    answering.silence = limit;
    answering.child.kill('SIGKILL');
  }, limit);
  try {
    const { done, value } = await answering.lines.next();
    return done ? undefined : value;
  } finally {
    clearTimeout(timer);
  }
}

/** Why a process gave no line, as the end of a sentence about it. */
export async function whyNoLine({ child, silence }: Answering): Promise<string> {
  if (silence !== undefined) return `did not answer for ${silence / 1000} s`;
  // Its stdout may end a moment before it does.
  if (!hasEnded(child)) await withinTime(once(child, 'exit'), END_LIMIT);
  return `ended (${howEnded(child)})`;
}

/** How a process ended: the signal, or its exit status. */
export function howEnded({ exitCode, signalCode }: ChildProcess): string {
  return signalCode ?? `exit status ${exitCode}`;
}

/** Calls `then` when the process has ended, also if that is so already. */
export function whenEnded(child: ChildProcess, then: (how: string) => void): void {
  const tell = (): void => then(howEnded(child));
  if (hasEnded(child)) tell();
  else child.once('exit', tell);
}

/** Lets a process end by the end of its stdin; kills it after `limit` ms. Returns whether it ended by itself. */
export async function endByStdin(child: ChildProcess, limit: Millis = END_LIMIT): Promise<boolean> {
  if (hasEnded(child)) return true;
  const exited = once(child, 'exit');
  child.stdin?.end();
  const inTime = await withinTime(exited, limit);
  if (!inTime) child.kill('SIGKILL');
  await exited;
  return inTime;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

const SILENCE: Millis = 20_000;
/** For what is held in memory to be written out. */
const END_LIMIT: Millis = 6000;
