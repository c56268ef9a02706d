import type { Observation, ObservationKind } from '../observation.ts';

/** A pure predicate over one kind of observation. */
export interface Matcher {
  readonly observes: ObservationKind;
  matches(seen: Observation): boolean;
}
