import { basename } from 'node:path';
import { formatAddress } from '../base/address.ts';
import { parseAddressEntry } from '../policy/match/address-entry.ts';
import type { TriggerPacket } from '../probe/locate/request.ts';
import type { CensorSpec } from '../scenario/censor-file.ts';
import { layoutOf } from '../scenario/layout.ts';
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
 * rule that a request can set off, that request must fail if the rule stops traffic, and the like of it must work.
 */
export function scenarioOfCensor({ model, rules }: CensorSpec, file: string): CensorScenario {
  const own = rules.map(({ at: _, ...rule }) => rule);
  const begin = beginOf(own);
  const plain = { ...LAB, ...identityOf(file), origin: originOf(own), hosts: hostsOf(own) };
  const bare: Scenario = {
    ...ScenarioFile.parse({ ...plain, period: { from: begin }, profiles: { model: {} } }),
    profiles: { model },
    rules: own,
  };
  const hosts = addressesOf(layoutOf(bare));
  const expect: Expectation[] = [];
  const untried: string[] = [];
  for (const rule of own) {
    const wishes = { to: undefined, name: namesOfRule(rule, 1)[0], allowed: undefined };
    const pair = triggersFor(rule, { scenario: bare, hosts, ...wishes });
    if (typeof pair === 'string') untried.push(`rule "${rule.name}": ${pair}`);
    else expect.push(...expectationsOf(rule, pair, { hosts, begin }));
  }
  return { scenario: { ...bare, expect: unique(expect) }, untried };
}

function expectationsOf(
  rule: RuleSpec,
  { blocked, allowed }: TriggerPair,
  { hosts, begin }: { readonly hosts: Hosts; readonly begin: string },
): Expectation[] {
  const row = (packet: TriggerPacket, claim: string, failure: string | null): Expectation => ({
    ...{ claim, from: ['client'], ip: [4], timeout_s: PATIENCE_S, see: { failure } },
    ...requestFor(packet, hosts),
  });
  const { action, probability, during } = rule;
  const isCertain = probability === undefined && (during === undefined || during.from <= begin);
  const stops = isStopping(action) && isCertain;
  const rows = [row(allowed, `rule "${rule.name}" lets this through`, null)];
  return stops ? [row(blocked, `rule "${rule.name}" stops this`, ANY_FAILURE), ...rows] : rows;
}

/** The probe that sends such a packet as real programs do. */
function requestFor(
  packet: TriggerPacket,
  hosts: Hosts,
): Pick<Expectation, 'probe' | 'urls' | 'connect'> {
  const { address, port } = packet;
  const connect = Object.entries(hosts).find(([, { ipv4 }]) => ipv4 === address)?.[0];
  const to = connect === undefined || connect === 'server' ? {} : { connect };
  switch (packet.kind) {
    case 'tls':
      return { probe: 'https', urls: [urlOf('https', packet.name, port, '/')], ...to };
    case 'http':
      return { probe: 'http', urls: [urlOf('http', packet.host, port, packet.path)], ...to };
    case 'syn':
      return { probe: 'tcp', urls: [`tcp://${address}:${port}`] };
    case 'dns':
      return { probe: 'dig', urls: [`dns://server/${packet.name}`] };
  }
}

/** Without a port that goes without saying. */
function urlOf(scheme: 'http' | 'https', name: string, port: number, path: string): string {
  const isUsual = port === (scheme === 'http' ? 80 : 443);
  return `${scheme}://${name}${isUsual ? '' : `:${port}`}${path}`;
}

/** Whether a request then fails; a forged answer may lead somewhere. */
function isStopping(action: RuleSpec['action']): boolean {
  return STOPPING.includes(action.do) || (action.do === 'dns' && action.answer !== 'forged');
}

/** Two rules may be about the same request. */
function unique(rows: readonly Expectation[]): Expectation[] {
  const keyOf = ({ probe, urls, connect }: Expectation): string =>
    JSON.stringify([probe, urls, connect]);
  return rows.filter((row, i) => rows.findIndex((one) => keyOf(one) === keyOf(row)) === i);
}

function identityOf(file: string): Pick<Scenario, 'id' | 'title'> {
  const stem = basename(file).replace(/\.[^.]*$/, '');
  const id = stem
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return { id: id.slice(0, LONGEST_ID) || 'censor', title: 'A censor from a file of its own' };
}

function originOf(rules: readonly RuleSpec[]): Scenario['origin'] {
  const names = rules.flatMap((rule) => namesOfRule(rule, MOST_NAMES));
  const isHttp = ({ trigger: { match } }: RuleSpec): boolean => match.startsWith('http');
  const portsOf = (some: readonly RuleSpec[]): number[] => some.flatMap(({ ports = [] }) => ports);
  const http = [80, ...portsOf(rules.filter(isHttp))].filter((port) => port !== 443);
  const tls = [443, ...portsOf(rules.filter((rule) => !isHttp(rule)))];
  return {
    http_ports: [...new Set(http)].filter((port) => port !== DNS_PORT),
    tls_ports: [...new Set(tls)].filter((port) => port !== DNS_PORT && !http.includes(port)),
    names: [...new Set([...names.slice(0, MOST_NAMES), ALLOWED])],
  };
}

/** Each IPv4 address that a rule names is a host, so that it can be dialled. */
function hostsOf(rules: readonly RuleSpec[]): Record<string, { address: string }> {
  const addresses = rules.flatMap(({ trigger }) =>
    'addresses' in trigger ? trigger.addresses.flatMap(singleAddress) : [],
  );
  const some = [...new Set(addresses)].slice(0, MOST_HOSTS);
  return Object.fromEntries(some.map((address, i) => [`address-${i + 1}`, { address }]));
}

function singleAddress(text: string): string[] {
  const entry = parseAddressEntry(text);
  if (typeof entry === 'string') return [];
  const { network, prefixLength } = entry;
  return network.length === 4 && prefixLength === 32 ? [formatAddress(network, 0, 4)] : [];
}

/** Before every rule has begun, and as soon as one that is limited in time is in force. */
function beginOf(rules: readonly RuleSpec[]): string {
  const begins = rules.flatMap(({ during }) => during?.from ?? []).sort();
  return begins[0] ?? '2026-01-01T00:00:00Z';
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
/** Actions after which a request does not get its answer. */
const STOPPING: readonly string[] = ['drop', 'blackhole', 'reset'];
const ALLOWED = 'allowed.example';
const DNS_PORT = 53;
/** A packet that vanishes is missed after so long. */
const PATIENCE_S = 3;
const LONGEST_ID = 32;
const MOST_NAMES = 100;
const MOST_HOSTS = 8;
