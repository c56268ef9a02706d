import type { Millis } from '../base/units.ts';
import type { HostName } from '../scenario/schema.ts';
import type { SensorSpec } from '../scenario/sensor-schema.ts';

/** One session that a visitor is to have with the site. */
export interface Visit {
  /** When it is due; Unix time of the calendar. */
  readonly at: Millis;
  readonly from: HostName;
  readonly url: string;
}

/**
 * All visits of a sensor, in the order in which they are due. Each has a stretch of its minute to itself and comes somewhere
 * in the middle half of it; where, follows from the seed.
 */
export function visitsOf(
  { from: begin, to: end, visitors }: Pick<SensorSpec, 'from' | 'to' | 'visitors'>,
  seed: number,
): Visit[] {
  const [first, last] = [Date.parse(begin), Date.parse(end)];
  const visits = visitors.flatMap(({ from, per_minute, urls }, visitor) => {
    const stretch = MINUTE / per_minute;
    return Array.from({ length: ((last - first) / MINUTE) * per_minute }, (_, i): Visit => {
      const at = first + (i + 0.25 + fraction([seed, visitor, i]) / 2) * stretch;
      return { at, from, url: urls[i % urls.length] as string };
    });
  });
  return visits.sort((a, b) => a.at - b.at);
}

/** In [0, 1), the same for the same numbers: each is mixed in as MurmurHash3 mixes its last. */
function fraction(numbers: readonly number[]): number {
  let hash = 0;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash = (hash ^ (hash >>> 16)) + 0x9e3779b9;
  }
  return (hash >>> 0) / 2 ** 32;
}

const MINUTE: Millis = 60_000;
