import { readFileSync } from 'node:fs';
import { ChokepointError } from '../base/errors.ts';

/** Refuses to begin a lab that would fail in the middle. Node has raised the soft limit to the hard one when it started. */
export function requireOpenFiles(command: string): void {
  if (!OF_LABS.has(command)) return;
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const most = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  if (most >= NEEDED) return;
  throw new ChokepointError(
    'MACHINE_CANNOT',
    `a lab needs ${NEEDED} open files in a process; found a limit of ${most}`,
    {
      hint: 'raise the limit, as root: prlimit --pid $$ --nofile=1024 (nofile in /etc/security/limits.conf makes it last)',
    },
  );
}

const OF_LABS: ReadonlySet<string> = new Set(['run', 'up', 'locate', 'matrix']);
/** Many times as much as a lab was seen to open, and half of what Linux gives by default. */
const NEEDED = 512;
