import type { Model } from '../policy/model.ts';
import type { Policy } from '../policy/policy.ts';
import type { Residual } from '../policy/residual.ts';
import type { Rule } from '../policy/rule.ts';
import { actionOf } from './action.ts';
import { directionOf } from './direction.ts';
import { matcherOf } from './matcher.ts';
import { modelOf } from './model.ts';
import type { ModelSpec } from './model-schema.ts';
import type { RuleSpec } from './rule-schema.ts';

/** The censor a scenario describes, as the engine takes it. List files are read here. */
export function policyOf(rules: readonly RuleSpec[], profile: ModelSpec): Policy {
  const model = modelOf(profile);
  return { model, rules: rules.map((rule) => ruleOf(rule, model)) };
}

function ruleOf(spec: RuleSpec, model: Model): Rule {
  const { name, trigger, ports, probability, during, residual, action } = spec;
  return {
    name,
    trigger: matcherOf(trigger, model),
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
