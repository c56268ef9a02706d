import type { Carrier } from '../evasion/strategy.ts';
import { layoutOf } from '../scenario/layout.ts';
import type { Scenario } from '../scenario/schema.ts';
import { triggersFor } from './locate-triggers.ts';
import type { Hosts } from './topology.ts';

/** Names that a box tells apart, and where they are asked for. */
export interface MatrixTarget {
  readonly carrier: Carrier;
  /** The rule that blocks the one. */
  readonly rule: string;
  readonly blocked: string;
  readonly allowed: string;
  readonly address: string;
  readonly port: number;
  /** Whence. */
  readonly from: string;
}

/** For each of HTTP and TLS about which the scenario has a rule: what its first client is blocked from. */
export function targetsOf(scenario: Scenario, hosts: Hosts): MatrixTarget[] {
  const [access] = layoutOf(scenario).accesses;
  const from = access?.client ?? 'client';
  return CARRIERS.flatMap(({ carrier, match }): MatrixTarget[] => {
    for (const rule of scenario.rules) {
      if (rule.trigger.match !== match) continue;
      const pair = triggersFor(rule, {
        scenario,
        hosts,
        to: undefined,
        name: undefined,
        allowed: undefined,
      });
      if (typeof pair === 'string') continue;
      const { blocked, allowed } = pair;
      const [name, other] = [nameIn(blocked), nameIn(allowed)];
      if (name === undefined || other === undefined) continue;
      const { address, port } = blocked;
      return [{ carrier, rule: rule.name, blocked: name, allowed: other, address, port, from }];
    }
    return [];
  });
}

function nameIn(trigger: {
  readonly kind: string;
  readonly name?: string;
  readonly host?: string;
}) {
  return trigger.kind === 'tls' ? trigger.name : trigger.host;
}

const CARRIERS = [
  { carrier: 'https', match: 'tls.sni' },
  { carrier: 'http', match: 'http.host' },
] as const;
