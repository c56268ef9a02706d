import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import { DomainSet } from '../../src/policy/match/domain-set.ts';
import { httpHost } from '../../src/policy/match/http-host.ts';
import { tlsSni } from '../../src/policy/match/tls-sni.ts';
import type { Model, Policy } from '../../src/policy/policy.ts';

export const RESET: ResetAction = {
  do: 'reset',
  to: 'both',
  count: 1,
  flags: 'R',
  ttl: 61,
  ipId: 0x1234,
  window: 512,
};

/** Delta Telecom 2017 in the large: Host and SNI, on every port, in both senses; each end gets a RST. */
function az2017(stream: Model['stream'], action: Partial<ResetAction> = {}): Policy {
  const domains = new DomainSet(['azadliq.info', 'azadliq.org', 'meydan.tv']);
  const reset = { ...RESET, ...action };
  return {
    model: { stream },
    rules: [
      { name: 'http', trigger: httpHost(domains), action: reset },
      { name: 'https', trigger: tlsSni(domains), action: reset },
    ],
  };
}

/** A small table, so that a test may make many. */
export function newEngine(
  stream: Model['stream'],
  options: Partial<EngineOptions> & { readonly action?: Partial<ResetAction> } = {},
): Engine {
  const { action, ...rest } = options;
  return new Engine({ policy: az2017(stream, action), capacity: 16, ...rest });
}
