import { formatEndpoint } from '../base/address.ts';
import { canonicalAddress, canonicalEndpoint, hostOfUrl } from './names.ts';
import {
  connectOf,
  type Draft,
  endpointStep,
  exchangeOf,
  handshakeOf,
  readNames,
  tagOf,
} from './read-steps.ts';
import type { RecordedKeys } from './recorded-keys.ts';
import type { EndpointStep, Exchange, NameStep, Step } from './steps.ts';

/** Whether these are of a probe before 0.5, which did not say which redirect things belong to. */
export function isLegacy({
  queries,
  tcp_connect,
  tls_handshakes,
  requests,
}: RecordedKeys): boolean {
  const entries = [queries, tcp_connect, tls_handshakes, requests].flatMap((list) => list ?? []);
  return entries.every((entry) => tagOf(entry, 'depth') === undefined);
}

/**
 * What a probe before 0.5 did. Connects and handshakes are of the URL that was asked for; requests were made on
 * connections of their own, last redirect first, and failed wherever they failed: where nothing before the first one
 * went well, that is what failed. A name is of the URL or the redirect whose host it is.
 */
export function readLegacySteps(keys: RecordedKeys, inputHost: string): readonly Step[] {
  const exchanges = (keys.requests ?? []).map(exchangeOf).toReversed();
  const hosts = [inputHost, ...exchanges.slice(1).map(({ url }) => hostOfUrl(url))];
  const depths = new Map([...hosts.entries()].reverse().map(([depth, host]) => [host, depth]));
  const names = readNames(keys, (domain) => depths.get(domain) ?? -1);
  const endpoints = readEndpoints(keys).map(endpointStep);
  const requests = exchanges.map((exchange, depth) =>
    requestStep(exchange, depth, hosts[depth] ?? ''),
  );
  const ofInput = names.filter(({ depth }) => depth === 0);
  const reached = requests.filter(
    (step) => step.depth > 0 || step.failure === null || !failedBefore(ofInput, endpoints),
  );
  return [...names, ...endpoints, ...reached.toReversed()];
}

function readEndpoints({ tcp_connect, tls_handshakes }: RecordedKeys): Draft[] {
  const drafts = (tcp_connect ?? []).map(({ ip, port, status }, i): Draft => {
    const address = canonicalAddress(ip);
    const endpoint = formatEndpoint(address, port);
    return { ...blank(i + 1, 0), address, endpoint, connect: connectOf(status) };
  });
  const free = new Map<string, Draft[]>();
  for (const draft of drafts.toReversed()) {
    const others = free.get(draft.endpoint);
    if (others === undefined) free.set(draft.endpoint, [draft]);
    else others.push(draft);
  }
  for (const entry of tls_handshakes ?? []) {
    const handshake = handshakeOf(entry);
    if (handshake === undefined) continue;
    const connected = free.get(canonicalEndpoint(entry.address ?? ''))?.pop();
    if (connected === undefined) drafts.push({ ...blank(drafts.length + 1, 0), handshake });
    else connected.handshake = handshake;
  }
  return drafts;
}

function requestStep(exchange: Exchange, depth: number, host: string): Step {
  const domain = hostOfUrl(exchange.url) || host;
  if (exchange.failure !== null && /^(dns_|android_dns_)/.test(exchange.failure)) {
    const of = { engine: 'system', lookup: `request ${depth}`, addresses: [], isClassic: true };
    return { ...of, stage: 'dns', depth, domain, failure: exchange.failure };
  }
  const isTls = exchange.url.startsWith('https:') && exchange.failure === null;
  const handshake = isTls ? { serverName: domain, failure: null } : undefined;
  return endpointStep({ ...blank(0, depth), handshake, exchange });
}

/** Whether every lookup, every connect or every handshake failed. */
function failedBefore(names: readonly NameStep[], endpoints: readonly EndpointStep[]): boolean {
  const outcomes = [
    names.map(({ failure }) => failure),
    endpoints.flatMap(({ connect }) => (connect === undefined ? [] : [connect])),
    endpoints.flatMap(({ handshake }) => (handshake === undefined ? [] : [handshake.failure])),
  ];
  return outcomes.some((all) => all.length > 0 && all.every((failure) => failure !== null));
}

function blank(number: number, depth: number): Draft {
  const unknown = { address: '', endpoint: '', connect: undefined };
  return {
    ...unknown,
    number,
    depth,
    fetchesPage: true,
    handshake: undefined,
    exchange: undefined,
  };
}
