import { ChokepointError, messageOf } from './errors.ts';

/** What `write` returns; `OUTPUT_FAILED`, with `hint`, where the system refuses. */
export function writing<T>(path: string, write: () => T, hint: string = ELSEWHERE): T {
  try {
    return write();
  } catch (cause) {
    const message = `${path}${UNWRITTEN}${messageOf(cause)}`;
    throw new ChokepointError('OUTPUT_FAILED', message, { cause, hint });
  }
}

/** Where there is nobody to throw at: a line for stderr, in which `unwrittenIn` finds it. */
export function unwritten(path: string, why: string): string {
  return `${path}${UNWRITTEN}${why}\n`;
}

/** What was told so, each once. */
export function unwrittenIn(stderr: string): string[] {
  return [...new Set(stderr.split('\n').filter((line) => line.includes(UNWRITTEN)))];
}

const UNWRITTEN = ' cannot be written: ';
export const ELSEWHERE = 'make room, or name a folder elsewhere with --out';
