import type { Carrier } from '../../evasion/strategy.ts';
import type { TriggerPacket } from '../../probe/locate/request.ts';
import { type Access, type Layout, layoutOf } from '../../scenario/layout.ts';
import type { MatrixTargetSpec } from '../../scenario/matrix-schema.ts';
import { phasesOf } from '../../scenario/phases.ts';
import type { RuleSpec } from '../../scenario/rule-schema.ts';
import type { Scenario } from '../../scenario/schema.ts';
import { parseDnsUri } from '../../wire/dns/uri.ts';
import { hostOfName } from '../host-of-name.ts';
import { sendableKeyword, triggersFor } from '../locate-triggers.ts';
import { addressesOf, type Hosts } from '../topology.ts';

/** What is asked for where a censor stands in the way, and what it lets through. */
export interface MatrixTarget {
  /** Of its column. */
  readonly name: string;
  readonly over: Carrier;
  /** The rule that blocks, or whose resolver lies; undefined where the scenario itself names the target. */
  readonly by: string | undefined;
  readonly blocked: Ask;
  readonly allowed: Ask;
  /** Of DNS: whom the client asks, if a strategy does not say. */
  readonly whom: 'own' | 'elsewhere';
  readonly tls?: MatrixTargetSpec['tls'];
  readonly group?: MatrixTargetSpec['group'];
}

export interface Ask {
  /** The client. */
  readonly from: string;
  /** The lab's host that has it. */
  readonly host: string;
  readonly port: number;
  /** In a ClientHello, a Host header or a question. */
  readonly name: string;
  readonly path: string;
  /** What the censor looks for, as strategies have to know it: the name, or a keyword of the path. */
  readonly needle: string;
}

/** What can be tried against a scenario, when it is run first: one target of each kind, and those that it names itself. */
export function targetsOf(scenario: Scenario): MatrixTarget[] {
  const layout = layoutOf(scenario);
  const given: Given = { scenario, layout, hosts: addressesOf(layout) };
  const found = [
    ...rulesInForce(scenario).flatMap((rule) => targetOfRule(rule, given) ?? []),
    ...targetsOfLies(given),
    ...(scenario.matrix ?? []).map((spec) => targetOfSpec(spec, given)),
  ];
  const first = found.filter((one, i) => found.findIndex(({ name }) => name === one.name) === i);
  return first.sort((a, b) => orderOf(a) - orderOf(b));
}

interface Given {
  readonly scenario: Scenario;
  readonly layout: Layout;
  readonly hosts: Hosts;
}

/** Of these a target is asked for the name in question; of other rules nothing is made. */
const NAMES: Readonly<Record<string, string>> = {
  'tls.sni': 'https',
  'http.host': 'http',
  'http.url': 'url',
  protocol: 'tls',
  address: 'address',
  'dns.qname': 'dns',
};

function orderOf({ name }: MatrixTarget): number {
  const place = Object.values(NAMES).indexOf(name);
  return place < 0 ? Number.POSITIVE_INFINITY : place;
}

/** When the scenario is run first; rules that act by chance come last. */
function rulesInForce(scenario: Scenario): RuleSpec[] {
  const now = Date.parse(phasesOf(scenario)[0]?.at as string);
  const chance = ({ probability = 1 }: RuleSpec): number => (probability < 1 ? 1 : 0);
  return scenario.rules
    .filter(({ during }) => isIn(during, now))
    .sort((a, b) => chance(a) - chance(b));
}

function isIn(during: { from: string; to: string } | undefined, now: number): boolean {
  return during === undefined || (Date.parse(during.from) <= now && now < Date.parse(during.to));
}

function targetOfRule(rule: RuleSpec, given: Given): MatrixTarget | undefined {
  const { match } = rule.trigger;
  const client = clientUnder(rule, given);
  const wishes = { to: undefined, name: undefined, allowed: undefined };
  const pair = triggersFor(rule, { ...given, ...wishes });
  const name = NAMES[match];
  if (client === undefined || typeof pair === 'string' || name === undefined) return undefined;
  const blocked = askOf(pair.blocked, client, given);
  const { trigger } = rule;
  const keyword = trigger.match === 'http.url' ? sendableKeyword(trigger) : undefined;
  const common = {
    name,
    over: carrierOf(blocked, given),
    by: rule.name,
    whom: 'elsewhere',
    blocked: { ...blocked, needle: keyword ?? blocked.needle },
  } as const;
  if (match === 'protocol') {
    // Nothing is like a handshake but another handshake: of a client that the rule is not about.
    const { accesses } = given.layout;
    const spared = accesses.find((access) => !isUnder(rule, access, given));
    return spared && { ...common, allowed: { ...blocked, from: spared.client } };
  }
  if (match === 'address') return { ...common, allowed: elsewhere(blocked, given) };
  return { ...common, allowed: askOf(pair.allowed, client, given) };
}

/** The same of the server, which has another address. */
function elsewhere(blocked: Ask, given: Given): Ask {
  const { origin } = given.scenario;
  const isTls = carrierOf(blocked, given) === 'https';
  const [port] = isTls ? origin.tls_ports : origin.http_ports;
  const name = origin.names.at(-1) as string;
  return { ...blocked, host: 'server', port: port as number, name, needle: name };
}

function askOf(packet: TriggerPacket, from: string, given: Given): Ask {
  const { hosts, scenario } = given;
  const found = Object.entries(hosts).find(([, { ipv4 }]) => ipv4 === packet.address);
  const host = found?.[0] ?? 'server';
  const named = (name: string, path = '/'): Ask => {
    return { from, host, port: packet.port, name, path, needle: name };
  };
  switch (packet.kind) {
    case 'tls':
    case 'dns':
      return named(packet.name);
    case 'http':
      return named(packet.host, packet.path);
    case 'syn':
      return named((scenario.hosts?.[host]?.names ?? scenario.origin.names).at(-1) as string);
  }
}

function carrierOf({ host, port }: Ask, { scenario }: Given): Carrier {
  if (port === DNS_PORT) return 'dns';
  const { tls_ports = scenario.origin.tls_ports } = scenario.hosts?.[host] ?? {};
  return tls_ports.includes(port) ? 'https' : 'http';
}

/** The client that the fewest other rules are about. */
function clientUnder(rule: RuleSpec, given: Given): string | undefined {
  const { scenario, layout } = given;
  const count = (access: Access): number =>
    scenario.rules.filter((one) => isUnder(one, access, given)).length;
  const under = layout.accesses.filter((access) => isUnder(rule, access, given));
  return under.sort((a, b) => count(a) - count(b))[0]?.client;
}

function isUnder({ at }: RuleSpec, { box, isBypass }: Access, { layout }: Given): boolean {
  if (isBypass) return false;
  const boxes = [box, layout.sharedBox].flatMap((one) => one?.id ?? []);
  return at === undefined ? boxes.length > 0 : boxes.some((id) => at.includes(id));
}

/** A name that a provider's resolver denies or leads elsewhere, and one that it does not. */
function targetsOfLies(given: Given): MatrixTarget[] {
  const { scenario, layout } = given;
  const now = Date.parse(phasesOf(scenario)[0]?.at as string);
  return layout.accesses.flatMap(({ network, client }): MatrixTarget[] => {
    const { lies = [], zones = [] } = scenario.resolvers?.[network] ?? {};
    const lie = lies.find(({ during }) => isIn(during, now))?.names[0];
    const name = lie ?? zones.find(({ during }) => isIn(during, now))?.name;
    const safe = scenario.origin.names.findLast((one) => one !== name);
    if (name === undefined || safe === undefined) return [];
    const ask = (one: string): Ask => questionFor(one, client, given);
    const by = `the resolver of ${network}`;
    return [{ name: 'dns', over: 'dns', by, whom: 'own', blocked: ask(name), allowed: ask(safe) }];
  });
}

function targetOfSpec(spec: MatrixTargetSpec, given: Given): MatrixTarget {
  const { name, tls, group, allowed_from } = spec;
  const from = spec.from ?? (given.layout.accesses[0]?.client as string);
  const over = new URL(spec.blocked).protocol.slice(0, -1) as Carrier;
  const blocked = askOfUrl(spec.blocked, from, given);
  const allowed = askOfUrl(spec.allowed, allowed_from ?? from, given);
  return { name, over, by: undefined, whom: 'own', blocked, allowed, tls, group };
}

function askOfUrl(url: string, from: string, given: Given): Ask {
  const question = parseDnsUri(url);
  if (question !== undefined) return questionFor(question.name, from, given);
  const { hostname, port, protocol, pathname, search } = new URL(url);
  const usual = protocol === 'https:' ? 443 : 80;
  const path = `${pathname}${search}`;
  const host = hostOfName(hostname, given.scenario);
  return { from, host, port: Number(port || usual), name: hostname, path, needle: hostname };
}

function questionFor(name: string, from: string, given: Given): Ask {
  const host = hostOfName(name, given.scenario);
  return { from, host, port: DNS_PORT, name, path: '', needle: name };
}

const DNS_PORT = 53;
