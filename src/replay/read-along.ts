import { setImmediate } from 'node:timers/promises';
import type { Millis } from '../base/units.ts';
import type { CaptureReader } from '../dataplane/capture/capture-reader.ts';

/** How a capture is read that may come through a pipe, and may be interrupted. */
export interface ReadAlong {
  /** Once aborted, reading ends as if the capture did. */
  readonly signal: AbortSignal;
  /** Before reading waits for a pipe: what was found so far should be shown. */
  readonly onWait?: () => void;
}

/** What goes through a capture, packet by packet. */
export interface Passage<R> {
  /** Takes the packet that the reader is at. */
  take(): void;
  /** While a pipe has nothing: `now` counts the milliseconds of a clock that never stops. */
  tick?(now: Millis): void;
  result(): R;
}

/** Reads all at once; where a pipe has nothing, this blocks. */
export function readThrough<R>(reader: CaptureReader, passage: Passage<R>): R {
  try {
    while (reader.next()) passage.take();
  } catch (error) {
    passage.result(); // tells what was read before the file turned out to be broken
    throw error;
  }
  return passage.result();
}

/** Reads what there is and waits for more, up to the end of the capture or the interrupt. */
export async function readAlong<R>(
  reader: CaptureReader,
  passage: Passage<R>,
  { signal, onWait }: ReadAlong,
): Promise<R> {
  try {
    for (let count = 1; !signal.aborted; count++) {
      const isPacket = reader.nextIfThere();
      if (isPacket === false) break;
      if (isPacket) {
        passage.take();
        if (count % IN_A_ROW === 0) await setImmediate();
        continue;
      }
      passage.tick?.(performance.now());
      onWait?.();
      await reader.waitForMore(signal, TICK);
    }
  } catch (error) {
    passage.result();
    throw error;
  } finally {
    onWait?.();
  }
  return passage.result();
}

/** Packets after which signals are looked for. */
const IN_A_ROW = 2048;
const TICK: Millis = 500;
