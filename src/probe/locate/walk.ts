import type { Millis } from '../../base/units.ts';
import { serverOf } from './path.ts';
import type { TriggerPacket } from './request.ts';
import type { Station } from './station.ts';
import type { Trial } from './trial.ts';
import { tryTrigger } from './try-trigger.ts';

/** An allowed trigger with every TTL up to the server's, several times each. */
export async function walkAllowed(station: Station, trigger: TriggerPacket): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (let from = 1; from <= MOST_HOPS && serverOf(trials) === undefined; from += AT_ONCE) {
    const ttls = Array.from({ length: AT_ONCE }, (_, i) => from + i);
    for (let round = 0; round < TRIES_PER_HOP; round++) {
      const isEnough = ({ hop, answers }: Trial): boolean =>
        hop !== undefined || answers.some(({ acknowledgesTrigger }) => acknowledgesTrigger);
      const options = { patience: FIRST_PATIENCE, isEnough };
      trials.push(...(await tryAll(station, trigger, ttls, options)));
    }
    if (!trials.some(({ ttl, hop }) => ttl >= from && hop !== undefined)) break;
  }
  const last = serverOf(trials)?.hop ?? MOST_HOPS;
  return trials.filter(({ ttl }) => ttl <= last);
}

export interface BlockedWalk {
  readonly station: Station;
  readonly trigger: TriggerPacket;
  /** The TTL that reaches the server. */
  readonly last: number;
  readonly patience: Millis;
  readonly rtt: Millis;
  /** Whether the box forgets what it saw soon enough to go on. */
  readonly comesToRest: () => Promise<boolean>;
}

/**
 * The blocked trigger, from near to far: a box that goes on with other connections is met once, and has told where it is by
 * then. Ends early where it does not come to rest.
 */
export async function walkBlocked(
  walk: BlockedWalk,
): Promise<{ trials: Trial[]; isAtRest: boolean }> {
  const { station, trigger, last, patience, rtt } = walk;
  const trials: Trial[] = [];
  // Whatever a box sends comes sooner than what a hop beyond it says, unless it takes its time.
  const options = { patience, isEnough: isHopKnown, linger: LINGER + rtt };
  for (let ttl = 1; ttl <= last; ttl++) {
    const ttls = new Array<number>(TRIES_PER_HOP).fill(ttl);
    trials.push(...(await tryAll(station, trigger, ttls, options)));
    if (!(await walk.comesToRest())) return { trials, isAtRest: false };
  }
  return { trials, isAtRest: true };
}

async function tryAll(
  station: Station,
  trigger: TriggerPacket,
  ttls: readonly number[],
  options: Omit<Parameters<typeof tryTrigger>[2], 'ttl'>,
): Promise<Trial[]> {
  const tried = await Promise.all(
    ttls.map((ttl) => tryTrigger(station, trigger, { ...options, ttl })),
  );
  return tried.filter((trial) => trial !== undefined);
}

function isHopKnown({ hop }: Trial): boolean {
  return hop !== undefined;
}

const AT_ONCE = 8;
const TRIES_PER_HOP = 3;
const MOST_HOPS = 32;
/** In ms: nothing is known of the path yet. */
const FIRST_PATIENCE = 1000;
const LINGER = 30;
