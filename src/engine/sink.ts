import type { Direction } from '../flow/flow.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';

/** Whom an inspector tells what it reads: the rules, or whoever wants to know. */
export interface Sink {
  /** Whether it is worth reading for. */
  asksAbout(kind: ObservationKind, direction: Direction): boolean;
  /** Takes an observation; true if it sets a rule off that comes before those which others of this packet set off. */
  take(seen: Observation): boolean;
  /** Something of this packet has set a rule off. */
  readonly hasFound: boolean;
}
