import type { Observation, ObservationKind } from '../observation.ts';

/** A predicate over one kind of observation, or over several. */
export interface Matcher {
  readonly observes: ObservationKind;
  readonly alsoObserves?: readonly ObservationKind[] | undefined;
  matches(seen: Observation): boolean;
}
