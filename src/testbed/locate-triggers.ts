import { parseAddress } from '../base/address.ts';
import { AddressSet } from '../policy/match/address-set.ts';
import type { TriggerPacket } from '../probe/locate/request.ts';
import { exampleOf } from '../scenario/rule-names.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';
import type { OutsideHost, Scenario } from '../scenario/schema.ts';
import { speaksTlsAlone } from '../scenario/software.ts';
import type { KeywordsSpec } from '../scenario/trigger-schema.ts';
import { hostOfName } from './host-of-name.ts';
import type { Hosts } from './topology.ts';

/** What a trigger is made of, once it is known where it is sent. */
export interface TriggerPair {
  readonly blocked: TriggerPacket;
  readonly allowed: TriggerPacket;
}

export interface TriggerWishes {
  readonly scenario: Scenario;
  readonly hosts: Hosts;
  /** Host of the lab that it goes to, if the rule leaves that open. */
  readonly to: string | undefined;
  /** Instead of a name of the rule, and of a negative control. */
  readonly name: string | undefined;
  readonly allowed: string | undefined;
}

/** Why a rule does not tell where its box is: a sentence. */
export type Unlocatable = string;

/** Why no packet shows what a rule does; undefined if some packet does. */
export function whyUnseen({ action }: RuleSpec): Unlocatable | undefined {
  if (action.do === 'pass') return 'it lets its flows through';
  const isSlow = action.do === 'throttle' || action.do === 'delay';
  return isSlow ? 'it slows its flows down, and stops none of them' : undefined;
}

/** The first keyword that a request's target can have as it stands; a program would send others percent-encoded. */
export function sendableKeyword({ keywords = [] }: KeywordsSpec): string | undefined {
  return keywords.find((keyword) => {
    const { search, hash } = new URL(`http://a.test${PATH}${keyword}`);
    return hash === '' && search === `?q=${keyword}`;
  });
}

/** Packets that differ only in what the rule is about; or why there can be none. */
export function triggersFor(rule: RuleSpec, wishes: TriggerWishes): TriggerPair | Unlocatable {
  const { trigger } = rule;
  if (rule.direction === 'to-client') return OF_SERVERS;
  switch (trigger.match) {
    case 'http.host':
    case 'tls.sni':
    case 'dns.qname': {
      const [first] = trigger.domains ?? [];
      const name = wishes.name ?? (first && exampleOf(first));
      if (name === undefined) return 'its names are in a list or in patterns: give one with --name';
      return pairOfNames(trigger.match, name, rule, wishes);
    }
    case 'http.url': {
      if (trigger.keywords === undefined)
        return 'its keywords are bytes or patterns, of which none is made';
      const keyword = sendableKeyword(trigger);
      if (keyword === undefined)
        return 'its keywords have characters that a client sends percent-encoded';
      return pairOfPaths(keyword, rule, wishes);
    }
    case 'protocol':
      if (trigger.is?.join() !== 'tls') return `of protocols, only a rule about TLS is tried`;
      return pairOfProtocols(rule, wishes);
    case 'address':
      if (trigger.of === 'client') return 'it is about the address of a client';
      return pairOfAddresses(rule, wishes);
    case 'tls.server-flight':
      return OF_SERVERS;
    case 'all':
      return 'it asks for several things at once, and a packet that differs in just those is not made: `matrix` of the scenario can name a blocked and an allowed request';
    default:
      return `a packet that sets off ${trigger.match} alone is not made`;
  }
}

/** An allowed request to another open port of the same host, if there is one. */
export function otherPortOf(
  allowed: TriggerPacket,
  host: string,
  scenario: Scenario,
): TriggerPacket | undefined {
  if (allowed.kind !== 'http' && allowed.kind !== 'tls') return undefined;
  const { address } = allowed;
  const name = allowed.kind === 'http' ? allowed.host : allowed.name;
  const { http_ports, tls_ports } = portsOf(host, scenario);
  const http = http_ports.find((port) => port !== allowed.port);
  if (http !== undefined) return { kind: 'http', address, port: http, host: name, path: '/' };
  const tls = tls_ports.find((port) => port !== allowed.port);
  return tls === undefined ? undefined : { kind: 'tls', address, port: tls, name };
}

/** The name that a scenario's negative control asks for; one that resolves in the lab, if there is one. */
function allowedName({ expect, origin }: Scenario): string {
  const names = expect.flatMap(({ negative_control, urls, host }) =>
    negative_control && host === undefined ? urls.map((url) => new URL(url).hostname) : [],
  );
  const isName = (name: string): boolean => /[a-z]$/.test(name);
  return names.find(isName) ?? (origin.names.at(-1) as string);
}

function pairOfNames(
  match: 'http.host' | 'tls.sni' | 'dns.qname',
  name: string,
  rule: RuleSpec,
  wishes: TriggerWishes,
): TriggerPair | Unlocatable {
  const allowed = wishes.allowed ?? allowedName(wishes.scenario);
  if (match === 'dns.qname') {
    if (rule.ports?.includes(DNS_PORT) === false) return NO_RESOLVER;
    const to = { address: addressOf(wishes.to ?? 'server', wishes), port: DNS_PORT };
    const ask = (question: string): TriggerPacket => ({ kind: 'dns', name: question, ...to });
    return { blocked: ask(name), allowed: ask(allowed) };
  }
  const host = wishes.to ?? hostOfName(name, wishes.scenario);
  const isTls = match === 'tls.sni';
  const port = portOf(host, isTls ? 'tls_ports' : 'http_ports', rule, wishes.scenario);
  if (port === undefined) return `${host} serves none of the rule's ports`;
  const to = { address: addressOf(host, wishes), port };
  const ask = (one: string): TriggerPacket =>
    isTls ? { kind: 'tls', name: one, ...to } : { kind: 'http', host: one, path: '/', ...to };
  return { blocked: ask(name), allowed: ask(allowed) };
}

function pairOfPaths(
  keyword: string,
  rule: RuleSpec,
  wishes: TriggerWishes,
): TriggerPair | Unlocatable {
  const { scenario } = wishes;
  const host = wishes.allowed ?? allowedName(scenario);
  const port = portOf(wishes.to ?? 'server', 'http_ports', rule, scenario);
  if (port === undefined) return NO_PORT;
  const to = { address: addressOf(wishes.to ?? 'server', wishes), port };
  const ask = (path: string): TriggerPacket => ({ kind: 'http', host, path, ...to });
  if (PATH.includes(keyword.toLowerCase())) return 'its keyword is in the target of any request';
  return { blocked: ask(PATH + keyword), allowed: ask(PATH) };
}

/** HTTP at a port of TLS: the server answers that, if only that it is no TLS. */
function pairOfProtocols(rule: RuleSpec, wishes: TriggerWishes): TriggerPair | Unlocatable {
  const { scenario } = wishes;
  const name = wishes.allowed ?? allowedName(scenario);
  const port = portOf(wishes.to ?? 'server', 'tls_ports', rule, scenario);
  if (port === undefined) return NO_PORT;
  const to = { address: addressOf(wishes.to ?? 'server', wishes), port };
  return {
    blocked: { kind: 'tls', name, ...to },
    allowed: { kind: 'http', host: name, path: '/', ...to },
  };
}

/** SYNs: to another port of the address, or to another host where no port of it is left alone. */
function pairOfAddresses(rule: RuleSpec, wishes: TriggerWishes): TriggerPair | Unlocatable {
  const { scenario, hosts } = wishes;
  const ends = [...Object.keys(scenario.hosts ?? {}), 'server'].flatMap((host): End[] => {
    const address = addressOf(host, wishes);
    return openPorts(host, scenario).map((port) => ({ address, port }));
  });
  const rules = scenario.rules.map((one) => ({ does: one.action.do, isAbout: endsOf(one) }));
  const isLeftAlone = (end: End): boolean => {
    const first = rules.find(({ isAbout }) => isAbout(end));
    return first === undefined || first.does === 'pass';
  };
  const isOfRule = endsOf(rule);
  const blocked = ends.find((end) => isOfRule(end) && !isLeftAlone(end));
  if (blocked === undefined) return 'no host of the lab has one of its addresses with an open port';
  const open = ends.filter(isLeftAlone);
  const openAt = (address: string) => open.find((end) => end.address === address);
  const allowed = openAt(blocked.address) ?? openAt(hosts.server.ipv4) ?? open[0];
  if (allowed === undefined) return 'no host outside has an open port that is left alone';
  return { blocked: { kind: 'syn', ...blocked }, allowed: { kind: 'syn', ...allowed } };
}

/** Which ends an address rule is about; none if it is another rule. */
function endsOf({ trigger, ports }: RuleSpec): (end: End) => boolean {
  if (trigger.match !== 'address' || trigger.of === 'client') return () => false;
  const set = new AddressSet(trigger.addresses);
  return ({ address, port }) =>
    ports?.includes(port) !== false && set.has(parseAddress(address) as Uint8Array, 0, 4, port);
}

type End = Pick<TriggerPacket, 'address' | 'port'>;

function addressOf(host: string, { hosts }: TriggerWishes): string {
  return (hosts[host] ?? hosts.server).ipv4;
}

function portOf(
  host: string,
  kind: keyof WebPorts,
  { ports }: RuleSpec,
  scenario: Scenario,
): number | undefined {
  const open = portsOf(host, scenario)[kind];
  return open.find((port) => ports === undefined || ports.includes(port));
}

function openPorts(host: string, scenario: Scenario): number[] {
  const { http_ports, tls_ports } = portsOf(host, scenario);
  return [...http_ports, ...tls_ports];
}

function portsOf(host: string, { hosts = {}, origin }: Scenario): WebPorts {
  const own: OutsideHost = hosts[host] ?? (WITH_WEB.includes(host) ? {} : NO_WEB);
  const { http_ports = origin.http_ports, tls_ports = origin.tls_ports } = own;
  return { http_ports: speaksTlsAlone(own) ? [] : http_ports, tls_ports };
}

type WebPorts = Pick<Scenario['origin'], 'http_ports' | 'tls_ports'>;

/** The lab's own hosts with a web server. */
const WITH_WEB: readonly string[] = ['server', 'inside'];
const NO_WEB: WebPorts = { http_ports: [], tls_ports: [] };
/** A keyword stands behind it. */
const PATH = '/?q=';
const DNS_PORT = 53;
const NO_RESOLVER = "the resolvers of a lab answer at port 53, which is none of the rule's ports";
const NO_PORT = "the server serves none of the rule's ports";
const OF_SERVERS =
  'it is set off by what a server sends, which no TTL of the client limits; packets of the same connection with growing TTLs, sent after the server has set it off, would tell how far they get';
