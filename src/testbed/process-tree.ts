import { readdirSync, readFileSync } from 'node:fs';

/** The process id of the only child of `pid`; undefined while there is none. */
export function childOf(pid: number): number | undefined {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const child = pids.find((entry) => parentOf(entry) === pid);
  return child === undefined ? undefined : Number(child);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold anything; state and parent follow it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it ended meanwhile
  }
}
