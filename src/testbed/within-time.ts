import { setTimeout as pause } from 'node:timers/promises';
import type { Millis } from '../base/units.ts';

/** Whether it settled within this time; it rejects if the promise does. */
export async function withinTime(promise: Promise<unknown>, limit: Millis): Promise<boolean> {
  const over = new AbortController();
  const late = pause(limit, false, { signal: over.signal }).catch(() => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    over.abort();
  }
}
