import { isWithin } from '../base/domain.ts';
import { ChokepointError } from '../base/errors.ts';
import { requireRawSocket } from '../dataplane/raw-socket.ts';
import type { TriggerPacket } from '../probe/locate/request.ts';
import { layoutOf } from '../scenario/layout.ts';
import { modelOf } from '../scenario/model.ts';
import { rulesAt } from '../scenario/policy.ts';
import { profileOf } from '../scenario/profile.ts';
import { plainName } from '../scenario/rule-names.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import type { Scenario } from '../scenario/schema.ts';
import { type Lab, openLab } from './lab.ts';
import { namesByAddress, type PathPart, pathOutwards } from './lab-path.ts';
import { type DirectionResult, resultOf } from './locate-result.ts';
import { otherPortOf, type TriggerPair, triggersFor, whyUnseen } from './locate-triggers.ts';
import { truthOf } from './locate-truth.ts';
import { addressesOf, type Hosts } from './topology.ts';

export interface LocateOptions {
  readonly scenario: Scenario;
  readonly profile?: string | undefined;
  /** ISO 8601; by default when the period begins. */
  readonly at?: string | undefined;
  /** Instead of a name of the first rule that can be located, and of a negative control. */
  readonly name?: string | undefined;
  readonly allowed?: string | undefined;
  /** How often the time to the box is taken; 10. */
  readonly tries?: number | undefined;
  /** For how long residual censorship is looked for, in ms; 0 for not at all. */
  readonly residualLimitMs?: number | undefined;
  /** See `openLab`. */
  readonly readOnlyFiles?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

export interface LocateResult {
  readonly scenario: string;
  readonly profile: string;
  /** Whether what was found is what the lab is. */
  readonly agrees: boolean;
  readonly directions: readonly DirectionResult[];
}

/** Builds a scenario's lab and looks for its box with packets of hosts that know nothing of it. */
export async function locateBox(options: LocateOptions): Promise<LocateResult> {
  await requireRawSocket();
  const { at, readOnlyFiles, signal, onProgress } = options;
  // Nothing is asked of Tor, which would take its time.
  const scenario: Scenario = { ...options.scenario, tor: undefined };
  const asked = directionsOf({ ...options, scenario });
  const { profile } = profileOf(scenario, options.profile);
  onProgress?.(`building the lab: ${scenario.id}, profile ${profile}`);
  const lab = await openLab({ scenario, profile, at, readOnlyFiles, signal, onProgress });
  try {
    const directions: DirectionResult[] = [];
    for (const direction of asked) {
      onProgress?.(`from ${direction.from} to ${direction.to}`);
      directions.push(await measure(lab, { ...options, scenario }, direction));
    }
    const agrees = directions.every((one) => one.agrees);
    return { scenario: scenario.id, profile, agrees, directions };
  } finally {
    await lab.close();
  }
}

interface Direction extends TriggerPair {
  readonly from: string;
  readonly to: string;
  readonly rule: RuleSpec;
  readonly path: readonly PathPart[];
}

/** Out of the country; and into it, if there is anybody to ask. */
function directionsOf({ scenario, name, allowed }: LocateOptions): Direction[] {
  const layout = layoutOf(scenario);
  const hosts = addressesOf(layout);
  const wishes = { scenario, hosts, name, allowed, to: undefined };
  const reasons = new Map<string, string[]>();
  for (const rule of rulesFor(name, scenario)) {
    const pair = whyUnseen(rule) ?? triggersFor(rule, wishes);
    if (typeof pair === 'string') {
      reasons.set(pair, [...(reasons.get(pair) ?? []), `"${rule.name}"`]);
      continue;
    }
    const from = clientOf(rule, scenario);
    if (from === undefined) continue;
    const to = hostAt(hosts, pair.blocked.address);
    const out = { ...pair, from, to, rule, path: pathOutwards(layout, from, to) };
    const inner = triggersFor(rule, { ...wishes, to: 'inside' });
    if (!layout.hasInside || typeof inner === 'string' || !isAskedInside(rule)) return [out];
    const path = pathOutwards(layout, 'inside', 'control').reverse();
    return [out, { ...inner, from: 'control', to: 'inside', rule, path }];
  }
  const why = [...reasons].map(([reason, rules]) => `${rules.join(' and ')}: ${reason}`);
  const none = scenario.rules.length === 0 ? 'it has none at all, its resolvers lie' : '';
  const said = [...why, none].filter((text) => text !== '').join('; ');
  throw new ChokepointError(
    'USAGE',
    `${scenario.id} has no rule whose box can be located: ${said}`,
    { hint: 'name a scenario with a rule on what clients send, such as az-2017' },
  );
}

/** In their order, but those first that list the name. */
function rulesFor(name: string | undefined, { rules }: Scenario): RuleSpec[] {
  const lists = ({ trigger }: RuleSpec): boolean =>
    'domains' in trigger &&
    (trigger.domains ?? []).some((one) => name !== undefined && isWithin(name, plainName(one)));
  return [...rules.filter(lists), ...rules.filter((rule) => !lists(rule))];
}

/** Whether a host in the country serves what such a rule is about. */
function isAskedInside({ trigger }: RuleSpec): boolean {
  return trigger.match !== 'address' && trigger.match !== 'dns.qname';
}

/** Of the first network whose path passes a box with the rule. */
function clientOf(rule: RuleSpec, scenario: Scenario): string | undefined {
  const { accesses, sharedBox } = layoutOf(scenario);
  const has = (id: string | undefined): boolean =>
    id !== undefined && rulesAt([rule], id).length > 0;
  return accesses.find(({ box, isBypass }) => !isBypass && (has(box?.id) || has(sharedBox?.id)))
    ?.client;
}

async function measure(
  lab: Lab,
  options: LocateOptions,
  direction: Direction,
): Promise<DirectionResult> {
  const { from, to, rule, path, blocked, allowed } = direction;
  const { scenario, tries = DEFAULT_TRIES, residualLimitMs = DEFAULT_RESIDUAL_LIMIT } = options;
  const mark = await lab.mark('server');
  const located = await lab.locate(from, {
    blocked,
    allowed,
    tries,
    residual:
      residualLimitMs === 0
        ? undefined
        : {
            limitMs: residualLimitMs,
            otherPort: otherPortOf(allowed, to, scenario),
            elsewhere: elsewhereOf(lab, direction),
          },
  });
  const events = await lab.events(mark);
  const names = namesByAddress(layoutOf(scenario));
  const texts = { blocked: formatTrigger(blocked), allowed: formatTrigger(allowed) };
  const own = lab.hosts[from]?.ipv4 as string;
  const model = modelOf(profileOf(scenario, options.profile).model);
  const truth = truthOf(events, own, { rules: scenario.rules, path }, model);
  return resultOf(located, {
    from,
    to,
    address: blocked.address,
    rule: rule.name,
    ...texts,
    names,
    lab: truth,
  });
}

function hostAt(hosts: Hosts, address: string): string {
  return Object.entries(hosts).find(([, { ipv4 }]) => ipv4 === address)?.[0] ?? 'server';
}

/** A host on the other side of the box; its port need not be open. */
function elsewhereOf(lab: Lab, { from, to }: Direction): TriggerPacket | undefined {
  const others = from === 'control' ? ['client'] : ['control'];
  const other = others.find((host) => host !== to && lab.hosts[host] !== undefined);
  if (other === undefined) return undefined;
  return { kind: 'syn', address: lab.hosts[other]?.ipv4 as string, port: CLOSED_PORT };
}

function formatTrigger(trigger: TriggerPacket): string {
  switch (trigger.kind) {
    case 'http': {
      const path = trigger.path === '/' ? '' : ` ${trigger.path}`;
      return `http.host=${trigger.host}${path} to port ${trigger.port}`;
    }
    case 'tls':
      return `tls.sni=${trigger.name} to port ${trigger.port}`;
    case 'dns':
      return `dns.qname=${trigger.name} to port ${trigger.port}`;
    case 'syn':
      return `SYN to ${trigger.address}:${trigger.port}`;
  }
}

const DEFAULT_TRIES = 10;
const DEFAULT_RESIDUAL_LIMIT = 10_000;
const CLOSED_PORT = 9;
