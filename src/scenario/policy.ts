import { DomainSet } from '../policy/match/domain-set.ts';
import { httpHost } from '../policy/match/http-host.ts';
import type { Matcher } from '../policy/match/matcher.ts';
import { tlsSni } from '../policy/match/tls-sni.ts';
import type { Policy } from '../policy/policy.ts';
import type { ModelSpec, RuleSpec } from './schema.ts';

/** The censor a scenario describes, as the engine takes it. */
export function policyOf(rules: readonly RuleSpec[], model: ModelSpec): Policy {
  return {
    model: { stream: model.stream },
    rules: rules.map(({ name, trigger, action }) => {
      const { ip_id: ipId, ...rest } = action;
      return { name, trigger: matcherOf(trigger), action: { ...rest, ipId } };
    }),
  };
}

function matcherOf(trigger: RuleSpec['trigger']): Matcher {
  const domains = new DomainSet(trigger.domains);
  switch (trigger.match) {
    case 'http.host':
      return httpHost(domains);
    case 'tls.sni':
      return tlsSni(domains);
  }
}
