import type { Model } from '../policy/model.ts';
import type { Policy } from '../policy/policy.ts';
import type { Residual } from '../policy/residual.ts';
import type { Rule } from '../policy/rule.ts';
import { actionOf } from './action.ts';
import { contradictsItself } from './cross-check-clashes.ts';
import { canDo } from './cross-check-profiles.ts';
import { directionOf } from './direction.ts';
import { type ListOf, matcherOf, readingLists } from './matcher.ts';
import { modelOf } from './model.ts';
import type { ModelSpec } from './model-schema.ts';
import { canLookUp } from './name-lists.ts';
import type { RuleSpec } from './rule-schema.ts';

/** The censor a scenario describes, as the engine takes it. List files are read here. */
export function policyOf(rules: readonly RuleSpec[], profile: ModelSpec): Policy {
  const model = modelOf(profile);
  const namesOf = readingLists();
  return { model, rules: rules.map((rule) => ruleOf(rule, model, namesOf)) };
}

/** What the box of this network has of a scenario's rules. */
export function rulesAt(rules: readonly RuleSpec[], network: string): readonly RuleSpec[] {
  return rules.filter(({ at }) => at === undefined || at.includes(network));
}

/** The censor that a model makes of rules; undefined where it cannot carry them out, or where its knobs contradict each other. */
export type PolicyFor = (model: Model) => Policy | undefined;

/** Matchers are made anew only for other ways to compare names, of which the last few are kept: lists may be long. */
export function policiesOf(rules: readonly RuleSpec[]): PolicyFor {
  const made = new Map<string, readonly Rule[]>();
  const namesOf = readingLists();
  const rulesFor = (model: Model): readonly Rule[] => {
    const key = JSON.stringify(model.host);
    const known = made.get(key);
    if (known !== undefined) return known;
    const [oldest] = made.keys();
    if (made.size >= MOST_KEPT && oldest !== undefined) made.delete(oldest);
    const matching = rules.map((rule) => ruleOf(rule, model, namesOf));
    made.set(key, matching);
    return matching;
  };
  const fitsLists = canLookUp(rules);
  return (model) => {
    const isPossible =
      !contradictsItself(model) && rules.every((rule) => canDo(rule, model)) && fitsLists(model);
    return isPossible ? { model, rules: rulesFor(model) } : undefined;
  };
}

function ruleOf(spec: RuleSpec, model: Model, namesOf: ListOf): Rule {
  const { name, trigger, ports, probability, during, residual, action } = spec;
  return {
    name,
    trigger: matcherOf(trigger, model, namesOf),
    direction: directionOf(spec),
    ports,
    action: actionOf(action),
    residual: residual && residualOf(residual),
    probability,
    during: during && { from: Date.parse(during.from), to: Date.parse(during.to) },
  };
}

function residualOf(spec: NonNullable<RuleSpec['residual']>): Residual {
  const { scope, duration_ms: duration, refresh, do: does, way, after_ms: after } = spec;
  return { scope, duration, refresh, does, way, after };
}

const MOST_KEPT = 8;
