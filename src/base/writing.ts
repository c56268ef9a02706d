import { ChokepointError, messageOf } from './errors.ts';

/**
 * The result of `write`; `OUTPUT_FAILED`, with `hint`, where the system refuses. Any other error is not the system's word: it
 * is thrown on as it is.
 */
export function writing<T>(path: string, write: () => T, hint: string = ELSEWHERE): T {
  try {
    return write();
  } catch (cause) {
    if (!isOfSystem(cause)) throw cause;
    const message = `${path}${UNWRITTEN}${messageOf(cause)}`;
    throw new ChokepointError('OUTPUT_FAILED', message, { cause, hint });
  }
}

/** Errors of Node's for what the system refused, and ours about a file, have a code such as ENOSPC; ours for people have an exit status. */
function isOfSystem(error: unknown): boolean {
  return !(error instanceof ChokepointError) && /^E[A-Z0-9]+$/.test(codeOf(error));
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
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
