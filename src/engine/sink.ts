import type { Direction } from '../flow/flow.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import type { Rule } from '../policy/rule.ts';

/** Whom an inspector tells what it reads: the rules, or whoever wants to know. */
export interface Sink {
  /** Whether it is worth reading for. */
  asksAbout(kind: ObservationKind, direction: Direction): boolean;
  /** The rule that this observation sets off. */
  take(seen: Observation): Rule | undefined;
}
