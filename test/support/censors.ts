import { Engine } from '../../src/engine/engine.ts';
import type { StreamKnobs } from '../../src/flow/knobs.ts';
import type { ResetAction } from '../../src/policy/act/reset.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Model } from '../../src/policy/model.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PLAIN } from '../../src/policy/presets.ts';

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
function az2017(model: Model, action: Partial<ResetAction> = {}): Policy {
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
