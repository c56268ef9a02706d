import type { Millis } from '../base/units.ts';
import type { ProbeRequest } from '../probe/observation.ts';

/**
 * Longer than any probe takes: one of Tor has 60 s, one of web_connectivity a page behind ten redirects, and a probe makes no
 * more connections than tcpping, one after the other.
 */
export function limitOf({ timeoutMs = 0 }: Pick<ProbeRequest, 'timeoutMs'>): Millis {
  return Math.max(USUAL, MOST_STEPS * timeoutMs);
}

const USUAL: Millis = 300_000;
/** Ten connections, and what it takes to begin and end. */
const MOST_STEPS = 12;
