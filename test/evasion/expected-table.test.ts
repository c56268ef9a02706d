import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/evasion/catalogue.ts';
import type { Strategy } from '../../src/evasion/strategy.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { RESET } from '../support/censors.ts';
import { carrierOf, evade } from '../support/evade.ts';
import { EXPECTED } from '../support/expected-table.ts';

/** P reads packets, F the first payload, N naive streams, and S does all that it can. */
const MODELS = [
  PRESETS['stateless-substring'],
  PRESETS['first-payload'],
  PRESETS['naive-stream'],
  PRESETS.strict,
].map((model): Model => ({ ...model, hops: { ...model.hops, before: 1, after: 2 } }));

/** Fetched, censored, taken for the decoy by the server, or that and reset; of a client that gets nothing of any name, broken. */
type Verdict = 'E' | 'C' | 'L' | 'CL' | 'B';

describe.each(EXPECTED)('%s', (id, want) => {
  test(`is ${want} against P, F, N and S`, () => {
    const strategy = CATALOGUE.find((one) => one.id === id) as Strategy;
    const got = MODELS.map((model) => verdict(strategy, censor(model, strategy)));
    expect(got.join(' ')).toBe(want);
  });
});

function censor(model: Model, strategy: Strategy): Policy {
  const { normalise, match: how } = model.host;
  const kind = carrierOf(strategy) === 'https' ? 'tls.sni' : 'http.host';
  const trigger = names(kind, { names: ['blocked.test'], how, normalise });
  return { model, rules: [{ name: 'block', trigger, action: RESET }] };
}

function verdict(strategy: Strategy, policy: Policy): Verdict {
  const control = evade(strategy, policy, 'allowed.test');
  if (!control.hasSucceeded && !control.hasLeaked) return 'B';
  const { hasSucceeded, hasLeaked, wasReset } = evade(strategy, policy, 'blocked.test');
  if (hasSucceeded) return 'E';
  if (hasLeaked) return wasReset ? 'CL' : 'L';
  return 'C';
}
