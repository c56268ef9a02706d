import { Engine, type EngineOptions } from '../../src/engine/engine.ts';
import type { StreamKnobs } from '../../src/flow/knobs.ts';
import type { Action } from '../../src/policy/act/action.ts';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { type NameKind, names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { addressBytes } from './packets.ts';

export const RESET: ResetAction = {
  do: 'reset',
  to: 'both',
  count: 1,
  flags: 'R',
  ttl: 61,
  ipId: 0x1234,
  window: 512,
  seq: 'exact',
  delay: 0,
  dontFragment: false,
  trigger: 'drop',
  rest: 'drop',
};

/** Delta Telecom 2017 in the large: Host and SNI, on every port, in both senses; each end gets a RST. */
export function az2017(model: Model, action: Partial<ResetAction> = {}): Policy {
  const { normalise, match: how } = model.host;
  const list = { names: ['azadliq.info', 'azadliq.org', 'meydan.tv'], how, normalise };
  const reset = { ...RESET, ...action };
  return {
    model,
    rules: [
      { name: 'http', trigger: names('http.host', list), action: reset },
      { name: 'https', trigger: names('tls.sni', list), action: reset },
    ],
  };
}

/** Knobs that are not as a model has them, group by group. */
export type ModelChange = {
  readonly [Group in keyof Model]?: Model[Group] extends object
    ? Partial<Model[Group]>
    : Model[Group];
};

/** `PLAIN`, or another model, with some knobs turned. Its flow table is small, so that a test may make many. */
function modelWith(change: ModelChange = {}, base: Model = PLAIN): Model {
  const groups = Object.entries({ ...change, tcb: { capacity: 64, ...change.tcb } });
  const turned = groups.map(([group, knobs]) => {
    const isGroup = typeof knobs === 'object' && !Array.isArray(knobs);
    return [group, isGroup ? { ...Object(base[group as keyof Model]), ...knobs } : knobs];
  });
  return { ...base, ...Object.fromEntries(turned) };
}

/** A censor with these rules. */
export function censor(
  rules: readonly Rule[],
  change: ModelChange = {},
  options: Omit<EngineOptions, 'policy'> = {},
): Engine {
  return new Engine({ policy: { model: modelWith(change), rules }, ...options });
}

/** A rule about one name and all below it, as a box reads names unless told otherwise. */
export function nameRule(
  observes: NameKind,
  name: string,
  action: Action,
  more: Partial<Rule> = {},
): Rule {
  const { match: how, normalise } = PLAIN.host;
  const trigger = names(observes, { names: [name], how, normalise });
  return { name: `${observes} ${name}`, trigger, action, ...more };
}

/** A rule about the address that a flow goes to. */
export function addressRule(address: string, action: Action, more: Partial<Rule> = {}): Rule {
  const wanted = Buffer.from(addressBytes(address));
  const matches: Matcher['matches'] = ({ packet: { bytes, dstAt } }) =>
    wanted.equals(bytes.slice(dstAt, dstAt + wanted.length));
  return { name: address, trigger: { observes: 'address', matches }, action, ...more };
}

export interface CensorOptions {
  readonly action?: Partial<ResetAction>;
  readonly capacity?: number;
  readonly idleTimeout?: number;
}

/** A small table, so that a test may make many. */
export function newEngine(mode: StreamKnobs['mode'], options: CensorOptions = {}): Engine {
  const { action, capacity = 16, idleTimeout = PLAIN.tcb.idleTimeout } = options;
  const model = {
    ...PLAIN,
    tcb: { ...PLAIN.tcb, capacity, idleTimeout, halfOpenTimeout: idleTimeout },
    stream: { ...PLAIN.stream, mode },
  };
  return new Engine({ policy: az2017(model, action) });
}
