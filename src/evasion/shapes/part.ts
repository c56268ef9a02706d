import type { Millis } from '../../base/units.ts';
import type { Claims } from './oddities.ts';

/**
 * A place in the packet that a strategy acts upon: so many bytes from its beginning, its `end`, or its `middle`; where the name begins or
 * has ended; or somewhere `inside` the name, the same place wherever it is said.
 */
export type Place = number | 'name' | 'inside' | 'name-end' | 'middle' | 'end';

/** One packet of the client's. */
export interface Part {
  readonly is: 'request' | 'decoy' | 'empty' | 'beginning';
  readonly from?: Place;
  readonly to?: Place;
  /** Up to where it has other bytes in the place of those of the request. */
  readonly garbageTo?: Place;
  readonly claims: Claims;
  readonly fragmentedAt?: Place;
  /** In packets of whatever length, in order; of the last part alone. */
  readonly mayBeCut?: boolean;
  /** After the packet before it; of the first, after the handshake. At least. */
  readonly after?: Millis;
}
