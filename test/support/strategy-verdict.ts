import type { Strategy } from '../../src/evasion/strategy.ts';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { RESET } from './censors.ts';
import { carrierOf, evade } from './evade.ts';

/** P reads packets, F the first payload, N naive streams, and S does all that it can; each has a router before it and two behind. */
export const MODELS = {
  P: between(PRESETS['stateless-substring']),
  F: between(PRESETS['first-payload']),
  N: between(PRESETS['naive-stream']),
  S: between(PRESETS.strict),
};
export const COLUMNS = ['P', 'F', 'N', 'S'] as const;
export type Column = (typeof COLUMNS)[number];

/**
 * The blocked name was `E`, fetched; `C`, censored; `L`: the server took a decoy for what its client said, and not the request;
 * `CL`: the decoy, and then a reset. `B`: the strategy does not work without a censor either.
 */
export type Verdict = 'E' | 'C' | 'L' | 'CL' | 'B';

/** As tools for testing strategies proceed: first with a name that nobody blocks. The censor has one rule, for what the request is made over. */
export function verdictAgainst(
  model: Model,
  strategy: Strategy,
  action: Partial<ResetAction> = {},
): Verdict {
  const { normalise, match: how } = model.host;
  const kind = carrierOf(strategy) === 'https' ? 'tls.sni' : 'http.host';
  const trigger = names(kind, { names: ['blocked.test'], how, normalise });
  const policy = { model, rules: [{ name: 'block', trigger, action: { ...RESET, ...action } }] };
  const control = evade(strategy, policy, 'allowed.test');
  if (!control.hasSucceeded && !control.hasLeaked) return 'B';
  const { hasSucceeded, hasLeaked, wasReset } = evade(strategy, policy, 'blocked.test');
  if (hasSucceeded) return 'E';
  if (hasLeaked) return wasReset ? 'CL' : 'L';
  return 'C';
}

function between(model: Model): Model {
  return { ...model, hops: { ...model.hops, before: 1, after: 2 } };
}
