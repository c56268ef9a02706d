import { ChokepointError, messageOf } from './errors.ts';

/** What `write` returns; `OUTPUT_FAILED`, with `hint`, where the system refuses. */
export function writing<T>(path: string, write: () => T, hint: string = ELSEWHERE): T {
  try {
    return write();
  } catch (cause) {
    const message = `${path} cannot be written: ${messageOf(cause)}`;
    throw new ChokepointError('OUTPUT_FAILED', message, { cause, hint });
  }
}

const ELSEWHERE = 'make room, or name a folder elsewhere with --out';
