import type { Millis } from '../../base/units.ts';

/** How long something goes on after a trigger; the truth lies between the two. */
export type Duration =
  | {
      readonly kind: 'measured';
      readonly atLeast: Millis;
      readonly atMost: Millis;
      /** Whether packets that are caught begin the time anew. */
      readonly isRefreshed: boolean;
    }
  | { readonly kind: 'longer'; readonly than: Millis };

/** What allowed traffic met, and when that was, since the trigger. */
export interface Look {
  readonly at: Millis;
  readonly isFree: boolean;
}

/** What can be done to a box whose memory is measured. */
export interface BoxMemory {
  /** Sets it off, while it is at rest; times count from then on. */
  trigger(): Promise<void>;
  /** At that time since the trigger, or at once if it is over. */
  look(time: Millis): Promise<Look>;
}

/**
 * Begins when something that was set off goes on. First at growing intervals, until it is over; then halved, with a trigger of its
 * own for each look, since a look may begin the time anew. Leaves the box at rest, unless it goes on longer than the limit.
 */
export async function measureDuration(box: BoxMemory, limit: Millis): Promise<Duration> {
  let caught = 0;
  for (let time = Math.min(FIRST_LOOK, limit); ; time = Math.min(2 * time, limit)) {
    const { at, isFree } = await box.look(time);
    if (isFree) return narrow(box, caught, at);
    caught = at;
    if (time >= limit) return beyond(box, caught, limit);
  }
}

/** It goes on longer, or the looks themselves keep it going: that shows when it is left alone for as long. */
async function beyond(box: BoxMemory, caught: Millis, limit: Millis): Promise<Duration> {
  if (!(await box.look(caught + limit)).isFree) return { kind: 'longer', than: limit };
  await box.trigger();
  const { at, isFree } = await box.look(limit);
  if (isFree) return { ...(await narrow(box, at / 2, at)), isRefreshed: true } as Duration;
  return { kind: 'longer', than: limit };
}

/** `lastCaught` was not the first look: if looks begin the time anew, it may have been over by then without them. */
async function narrow(box: BoxMemory, lastCaught: Millis, over: Millis): Promise<Duration> {
  let [atLeast, atMost] = [0, over];
  let time = lastCaught;
  while (time > 0 && atMost - atLeast > Math.max(FINEST, PRECISION * atMost)) {
    await box.trigger();
    const { at, isFree } = await box.look(time);
    if (isFree && at >= atMost) break; // the machine is too slow to look any sooner
    if (isFree) atMost = at;
    else {
      atLeast = Math.min(at, atMost);
      await untilFree(box, at, atMost);
    }
    time = (atLeast + atMost) / 2;
  }
  return { kind: 'measured', atLeast, atMost, isRefreshed: lastCaught > atMost };
}

/** The last look, at `from`, may have begun the time anew. */
async function untilFree(box: BoxMemory, from: Millis, pause: Millis): Promise<void> {
  let { at, isFree } = await box.look(from + pause);
  while (!isFree) ({ at, isFree } = await box.look(at + pause));
}

/** In ms. */
const FIRST_LOOK = 250;
const FINEST = 100;
const PRECISION = 0.1;
