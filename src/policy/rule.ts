import type { Action } from './act/action.ts';
import type { Matcher, ObservationKind } from './match/matcher.ts';

/** What sets the censor off, and what it does then. A value: what it remembers is in the flow. */
export interface Rule {
  readonly name: string;
  readonly trigger: Matcher;
  readonly action: Action;
}

/** The first rule that this observation sets off. */
export function findRule(
  rules: readonly Rule[],
  kind: ObservationKind,
  bytes: Uint8Array,
  at: number,
  end: number,
): Rule | undefined {
  for (const rule of rules) {
    if (rule.trigger.observes === kind && rule.trigger.matches(bytes, at, end)) return rule;
  }
  return undefined;
}
