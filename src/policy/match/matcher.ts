import type { Observation, ObservationKind } from '../observation.ts';

/** A predicate over one kind of observation, or over several. */
export interface Matcher {
  readonly observes: ObservationKind;
  readonly alsoObserves?: readonly ObservationKind[] | undefined;
  matches(seen: Observation): boolean;
  /** For a trigger with a memory: takes in the observation, where another rule is set off first. */
  remember?(seen: Observation): void;
}
