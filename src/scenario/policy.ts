import { names } from '../policy/match/names.ts';
import type { Policy } from '../policy/policy.ts';
import { PLAIN } from '../policy/presets.ts';
import type { ModelSpec, RuleSpec } from './schema.ts';

/** The censor a scenario describes, as the engine takes it. */
export function policyOf(rules: readonly RuleSpec[], { stream }: ModelSpec): Policy {
  const model = { ...PLAIN, stream: { ...PLAIN.stream, mode: stream } };
  return {
    model,
    rules: rules.map(({ name, trigger, action }) => {
      const { ip_id: ipId, ...rest } = action;
      const { normalise, match: how } = model.host;
      return {
        name,
        trigger: names(trigger.match, { names: trigger.domains, how, normalise }),
        action: {
          ...rest,
          ipId,
          seq: 'exact',
          delay: 0,
          dontFragment: false,
          trigger: 'drop',
          rest: 'drop',
        },
      };
    }),
  };
}
