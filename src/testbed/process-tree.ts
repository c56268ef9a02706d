import { readdirSync } from 'node:fs';
import { fieldsOf } from './process-id.ts';

/** The process id of the only child of `pid`; undefined while there is none. */
export function childOf(pid: number): number | undefined {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const child = pids.find((entry) => Number(fieldsOf(Number(entry))[1]) === pid);
  return child === undefined ? undefined : Number(child);
}
