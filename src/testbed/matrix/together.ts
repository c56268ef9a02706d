import { ownSignal } from '../../base/own-signal.ts';

/** Does these things at once; when one of them fails, the others are told by their signal, and waited for. */
export async function together(
  signal: AbortSignal | undefined,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const over = ownSignal(signal);
  const all = works.map((work) => work(over.signal));
  try {
    await Promise.all(all);
  } catch (error) {
    over.abort();
    await Promise.allSettled(all);
    signal?.throwIfAborted();
    throw error;
  } finally {
    over.release();
  }
}
