import { basename } from 'node:path';
import { formatAddress } from '../base/address.ts';
import { parseAddressEntry } from '../policy/match/address-entry.ts';
import type { NameKind } from '../policy/match/names.ts';
import { Observation } from '../policy/observation.ts';
import type { TriggerPacket } from '../probe/locate/request.ts';
import type { CensorSpec } from '../scenario/censor-file.ts';
import { rangeWithoutServers } from '../scenario/cross-check-host-identity.ts';
import { layoutOf } from '../scenario/layout.ts';
import type { ModelSpec } from '../scenario/model-schema.ts';
import { policyOf } from '../scenario/policy.ts';
import { namesOfRule } from '../scenario/rule-names.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import { type Expectation, type Scenario, ScenarioFile } from '../scenario/schema.ts';
import { type TriggerPair, triggersFor } from './locate-triggers.ts';
import { ANY_FAILURE } from './rows.ts';
import { addressesOf, type Hosts } from './topology.ts';

/** A scenario for a censor alone, and the rules for which no request could be made, with the reason. */
export interface CensorScenario {
  readonly scenario: Scenario;
  readonly untried: readonly string[];
}

/**
 * The smallest lab for a hypothesis: one network, one box, and a server for the names and addresses of its rules. For each
 * rule that a request can set off, that request must meet what the rule does, and the like of it must work.
 */
export function scenarioOfCensor({ model, rules }: CensorSpec, file: string): CensorScenario {
  const own = rules.map(({ at: _, ...rule }) => rule);
  const begin = beginOf(own);
  const isFree = freeOf(own, model);
  const spared = own.map(({ trigger }) => SPARED.find((name) => isFree(kindOf(trigger), name)));
  const origin = originOf(own, spared);
  const plain = { ...LAB, ...identityOf(file), origin, hosts: hostsOf(own) };
  const bare: Scenario = {
    ...ScenarioFile.parse({ ...plain, period: { from: begin }, profiles: { model: {} } }),
    profiles: { model },
    rules: own,
  };
  const hosts = addressesOf(layoutOf(bare));
  const lasting = own.find(isLasting);
  const tries = own.map((rule, i): Try => {
    const made = tryOf(rule, spared[i], { bare, hosts, begin });
    if (made.blocked === undefined || !isLasting(rule) || rule === lasting) return made;
    const why = `its request would meet the residual of rule "${lasting?.name}": try it in a file of its own`;
    return { allowed: made.allowed, why };
  });
  const untried = tries.flatMap(({ why }, i) =>
    why === undefined ? [] : [`rule "${own[i]?.name}": ${why}`],
  );
  return { scenario: { ...bare, expect: inOrder(tries, own) }, untried };
}

/** The two requests for a rule, or why there are fewer. */
interface Try {
  readonly allowed?: Expectation | undefined;
  readonly blocked?: Expectation;
  readonly why?: string;
}

interface BareLab {
  readonly bare: Scenario;
  readonly hosts: Hosts;
  readonly begin: string;
}

function tryOf(rule: RuleSpec, spared: string | undefined, { bare, hosts, begin }: BareLab): Try {
  const dialled = withoutImpossible(rule);
  if (typeof dialled === 'string') return { why: dialled };
  const name = namesOfRule(rule, 1)[0];
  const wishes = { to: undefined, name, allowed: spared };
  const pair = triggersFor(dialled, { scenario: bare, hosts, ...wishes });
  if (typeof pair === 'string') return { why: pair };
  const row = (packet: TriggerPacket, claim: string, see: Expectation['see']): Expectation => ({
    ...{ claim, from: ['client'], ip: [4], timeout_s: PATIENCE_S, see },
    ...requestFor(packet, hosts, bare.origin),
  });
  const claim = `rule "${rule.name}" lets this through`;
  const isSpared = spared !== undefined || kindOf(rule.trigger) === undefined;
  const allowed = isSpared ? row(pair.allowed, claim, { failure: null }) : undefined;
  const met = isBegun(rule, begin) ? whatIsMet(rule, pair) : 'it begins later than the lab';
  if (typeof met === 'string') return { allowed, why: met };
  const blocked = row(pair.blocked, `rule "${rule.name}" ${met.verb} this`, met.see);
  return isSpared ? { allowed, blocked } : { blocked, why: NOTHING_SPARED };
}

/** Whether no rule that looks at names stops this one, in the order of the file. */
function freeOf(
  rules: readonly RuleSpec[],
  model: ModelSpec,
): (kind: NameKind | undefined, name: string) => boolean {
  const triggers = policyOf(rules, model).rules.map(({ trigger }) => trigger);
  const seen = new Observation();
  return (kind, name) => {
    if (kind === undefined) return true;
    const bytes = Buffer.from(name, 'latin1');
    const first = triggers.findIndex(
      (trigger) =>
        trigger.observes === kind && trigger.matches(seen.of(kind, bytes, 0, bytes.length)),
    );
    return first < 0 || rules[first]?.action.do === 'pass';
  };
}

/** By which kind of name the like of a request is told from it. */
function kindOf({ match }: RuleSpec['trigger']): NameKind | undefined {
  switch (match) {
    case 'http.host':
    case 'tls.sni':
    case 'dns.qname':
      return match;
    case 'http.url':
    case 'protocol':
      return 'http.host';
    default:
      return undefined;
  }
}

/** What the request that sets a rule off must see; or why that cannot be told. */
function whatIsMet(
  { action, probability = 1 }: RuleSpec,
  { blocked }: TriggerPair,
): { readonly verb: string; readonly see: Expectation['see'] } | string {
  if (probability < 1) return 'it acts by chance';
  switch (action.do) {
    case 'drop':
    case 'reset':
      return STOPPED;
    case 'blackhole': {
      const isAnswered = action.trigger === 'pass' && action.way === 'to-server';
      return isAnswered || action.duration_ms > 0 ? MAY_PASS : STOPPED;
    }
    case 'dns': {
      if (action.answer !== 'forged') return STOPPED;
      const addresses = action.addresses.filter((text) => !text.includes(':'));
      return { verb: 'answers', see: { failure: null, addresses } };
    }
    case 'respond': {
      const status = action.status ?? Number(/^HTTP\/1\.[01] (\d{3})/.exec(action.raw ?? '')?.[1]);
      if (blocked.kind !== 'http' || !(status >= 200)) return 'its answer has no status to see';
      if (status === 200) return 'its answer has the status 200, as that of the server has';
      return { verb: 'answers', see: { failure: null, status } };
    }
    default:
      return 'its action stops nothing';
  }
}

function isBegun({ during }: RuleSpec, begin: string): boolean {
  return during === undefined || Date.parse(during.from) <= Date.parse(begin);
}

/** Whether other requests than that which set the rule off are stopped for a while. */
function isLasting({ residual }: RuleSpec): boolean {
  return residual !== undefined && residual.scope !== '4-tuple';
}

/**
 * What works comes first, and what leaves a residual last. A request that one rule lets through and another is about is only
 * that of the other.
 */
function inOrder(tries: readonly Try[], rules: readonly RuleSpec[]): Expectation[] {
  const lasting = (i: number): number => (isLasting(rules[i] as RuleSpec) ? 1 : 0);
  const blocked = tries
    .map(({ blocked: row }, i) => ({ row, last: lasting(i) }))
    .sort((a, b) => a.last - b.last)
    .flatMap(({ row }) => row ?? []);
  const isBlocked = (row: Expectation): boolean => blocked.some((one) => keyOf(one) === keyOf(row));
  const allowed = tries.flatMap(({ allowed: row }) => row ?? []);
  return unique([...allowed.filter((row) => !isBlocked(row)), ...blocked]);
}

/** The probe that sends such a packet as real programs do. */
function requestFor(
  packet: TriggerPacket,
  hosts: Hosts,
  { http_ports, tls_ports }: Scenario['origin'],
): Pick<Expectation, 'probe' | 'urls' | 'connect'> {
  const { address, port } = packet;
  const connect = Object.entries(hosts).find(([, { ipv4 }]) => ipv4 === address)?.[0];
  // Without a lookup, which may fail for reasons of its own.
  const to = { connect: connect ?? 'server' };
  switch (packet.kind) {
    case 'tls':
      return { probe: 'https', urls: [urlOf('https', packet.name, port, '/')], ...to };
    case 'http': {
      // At a port of TLS, HTTP has no page: for `locate`, any answer will do.
      const own = tls_ports.includes(port) ? (http_ports[0] as number) : port;
      return { probe: 'http', urls: [urlOf('http', packet.host, own, packet.path)], ...to };
    }
    case 'syn':
      return { probe: 'tcp', urls: [`tcp://${connect === 'server' ? connect : address}:${port}`] };
    case 'dns':
      return { probe: 'dig', urls: [`dns://server/${packet.name}`] };
  }
}

/** Without a port that goes without saying. */
function urlOf(scheme: 'http' | 'https', name: string, port: number, path: string): string {
  const isUsual = port === (scheme === 'http' ? 80 : 443);
  return `${scheme}://${name}${isUsual ? '' : `:${port}`}${path}`;
}

/** Two rules may be about the same request. */
function unique(rows: readonly Expectation[]): Expectation[] {
  return rows.filter((row, i) => rows.findIndex((one) => keyOf(one) === keyOf(row)) === i);
}

function keyOf({ probe, urls, connect }: Expectation): string {
  return JSON.stringify([probe, urls, connect]);
}

function identityOf(file: string): Pick<Scenario, 'id' | 'title'> {
  const stem = basename(file).replace(/\.[^.]*$/, '');
  const id = stem
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, LONGEST_ID)
    .replace(/-$/, '');
  return { id: id || 'censor', title: 'A censor from a file of its own' };
}

function originOf(
  rules: readonly RuleSpec[],
  spared: readonly (string | undefined)[],
): Scenario['origin'] {
  const names = firstOfEach(
    rules.map((rule) => namesOfRule(rule, MOST_NAMES)),
    MOST_NAMES,
  );
  const isHttp = ({ trigger: { match } }: RuleSpec): boolean => match.startsWith('http');
  const portsOf = (some: readonly RuleSpec[]): number[] => some.flatMap(({ ports = [] }) => ports);
  const http = [80, ...portsOf(rules.filter(isHttp))].filter((port) => port !== 443);
  const tls = [443, ...portsOf(rules.filter((rule) => !isHttp(rule)))];
  return {
    http_ports: [...new Set(http)].filter((port) => port !== DNS_PORT),
    tls_ports: [...new Set(tls)].filter((port) => port !== DNS_PORT && !http.includes(port)),
    names: [...new Set([...names, ...spared.flatMap((name) => name ?? []), SPARED[0]])],
  };
}

/** Of each list its first, and then of all as many as there may be. */
function firstOfEach(lists: readonly (readonly string[])[], most: number): string[] {
  const first = new Set(lists.flatMap((list) => list.slice(0, 1)));
  return [...new Set([...first, ...lists.flat()])].slice(0, Math.max(first.size, most));
}

/** Each IPv4 address that a rule names is a host, so that it can be dialled. */
function hostsOf(rules: readonly RuleSpec[]): Record<string, { address: string }> {
  const lists = rules.map((rule) => {
    const { trigger } = rule;
    if (!('addresses' in trigger) || trigger.of === 'client') return [];
    return trigger.addresses.flatMap((text) => {
      const bytes = singleAddress(text);
      if (bytes === undefined || rangeWithoutServers(bytes) !== undefined) return [];
      return [formatAddress(bytes, 0, 4)];
    });
  });
  const some = firstOfEach(lists, MOST_HOSTS);
  return Object.fromEntries(some.map((address, i) => [`address-${i + 1}`, { address }]));
}

/** A rule with the addresses alone that no host of the lab itself can have; or why none is left. */
function withoutImpossible(rule: RuleSpec): RuleSpec | string {
  const { trigger } = rule;
  if (trigger.match !== 'address') return rule;
  const ranges = trigger.addresses.map((text) => {
    const bytes = singleAddress(text);
    return bytes && rangeWithoutServers(bytes);
  });
  const addresses = trigger.addresses.filter((_, i) => ranges[i] === undefined);
  if (addresses.length > 0) return { ...rule, trigger: { ...trigger, addresses } };
  return `no server can have the address ${trigger.addresses[0]}, of ${ranges[0]}`;
}

/** An IPv4 address without a prefix. */
function singleAddress(text: string): Uint8Array | undefined {
  const entry = parseAddressEntry(text);
  if (typeof entry === 'string') return undefined;
  const { network, prefixLength } = entry;
  return network.length === 4 && prefixLength === 32 ? network : undefined;
}

/** Before every rule has begun, and as soon as one that is limited in time is in force. */
function beginOf(rules: readonly RuleSpec[]): string {
  const begins = rules.flatMap(({ during }) => during?.from ?? []);
  return begins.sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? '2026-01-01T00:00:00Z';
}

const LAB = {
  summary: 'A lab for a file that has a censor alone.',
  sources: {},
  networks: { isp: { asn: 64496, name: 'provider', country: 'XX' } },
  topology: { client: 'isp', middlebox: 'isp', near_rtt_ms: 2, far_rtt_ms: 10 },
  evidence: [
    { fields: ['topology'], status: 'surrogate', because: 'a file with a censor has no lab' },
  ],
  expect: [{ claim: 'works', probe: 'tcp', urls: ['tcp://server:80'], see: { failure: null } }],
} as const;
const STOPPED = { verb: 'stops', see: { failure: ANY_FAILURE } };
const MAY_PASS = 'its action may let the request through';
const NOTHING_SPARED =
  'only what it stops is tried: some rule stops each name by which its like would be shown';
/** Names by which the like of a request is made, for who lets them through. */
const SPARED = ['allowed.example', 'allowed.test', 'allowed.invalid'] as const;
const DNS_PORT = 53;
/** A packet that vanishes is missed after so long. */
const PATIENCE_S = 3;
const LONGEST_ID = 32;
const MOST_NAMES = 100;
const MOST_HOSTS = 8;
