import { formatEndpoint } from '../base/address.ts';
import { asciiName, canonicalAddress, canonicalEndpoint } from './names.ts';
import { pageOf } from './page.ts';
import type {
  RecordedConnect,
  RecordedHandshake,
  RecordedKeys,
  RecordedQuery,
  RecordedTransaction,
} from './recorded-keys.ts';
import type { EndpointStep, Exchange, Handshake, NameStep, Outcome, Step } from './steps.ts';

/**
 * What the probe did, a step for each answer to a query and for each endpoint. What belongs to one endpoint is told by
 * its transaction, or by its address where there is none; handshakes and requests of an endpoint that was not connected
 * to by TCP are left out, as OONI does: nothing of the control can be compared with them.
 */
export function readSteps(keys: RecordedKeys): readonly Step[] {
  const endpoints = new Map<string, Draft>();
  for (const [i, { ip, port, status, ...entry }] of (keys.tcp_connect ?? []).entries()) {
    const address = canonicalAddress(ip);
    const endpoint = formatEndpoint(address, port);
    const connect = connectOf(status);
    const number = entry.transaction_id || i + 1;
    endpoints.set(keyOf(entry, endpoint), {
      ...{ address, endpoint, connect, number },
      depth: depthOf(entry),
      fetchesPage: tagOf(entry, 'fetch_body') !== 'false',
      handshake: undefined,
      exchange: undefined,
    });
  }
  for (const entry of keys.tls_handshakes ?? []) {
    const endpoint = endpoints.get(keyOf(entry, canonicalEndpoint(entry.address ?? '')));
    if (endpoint !== undefined) endpoint.handshake = handshakeOf(entry);
  }
  for (const transaction of keys.requests ?? []) {
    const endpoint = endpoints.get(
      keyOf(transaction, canonicalEndpoint(transaction.address ?? '')),
    );
    if (endpoint !== undefined) endpoint.exchange = exchangeOf(transaction);
  }
  return [
    ...readNames(keys, (_, query) => depthOf(query)),
    ...[...endpoints.values()].map(endpointStep),
  ];
}

/** The answers to queries. One that came without an address says nothing; nor does what `saysNothing`. */
export function readNames(
  { queries }: RecordedKeys,
  depthOf: (domain: string, query: RecordedQuery) => number,
): readonly NameStep[] {
  return (queries ?? []).flatMap((query): NameStep[] => {
    if (saysNothing(query)) return [];
    const failure = outcome(query.failure);
    const addresses = (query.answers ?? []).flatMap(({ answer_type, ipv4, ipv6 }) => {
      const address = answer_type === 'A' ? ipv4 : answer_type === 'AAAA' ? ipv6 : undefined;
      return address ? [canonicalAddress(address)] : [];
    });
    if (failure === null && addresses.length === 0) return [];
    const domain = asciiName(query.hostname);
    const engine = query.engine || UNNAMED;
    return [
      {
        ...{ stage: 'dns', depth: depthOf(domain, query), domain, engine, failure },
        lookup: keyOf(query, `${engine} ${query.resolver_address ?? ''} ${domain}`),
        addresses: failure === null ? addresses : [],
        isClassic: isOfSystem(query) || (query.tags ?? []).includes('classic'),
      },
    ];
  });
}

/** `undefined` where it tells neither a failure nor a success. */
export function connectOf({ failure, success }: RecordedConnect['status']): Outcome | undefined {
  if (failure) return failure;
  return success === false || (failure === undefined && success !== true) ? undefined : null;
}

/** `undefined` where it tells neither a failure nor what was agreed on. */
export function handshakeOf(entry: RecordedHandshake): Handshake | undefined {
  const { server_name, failure, cipher_suite, no_tls_verify } = entry;
  if (failure === undefined && !cipher_suite) return undefined;
  const made = { serverName: asciiName(server_name), failure: outcome(failure) };
  return no_tls_verify ? { ...made, isUnverified: true } : made;
}

/** Of an endpoint, what is known so far. */
export interface Draft extends Omit<EndpointStep, 'stage' | 'failure' | 'handshake' | 'exchange'> {
  handshake: Handshake | undefined;
  exchange: Exchange | undefined;
}

export function endpointStep(draft: Draft): EndpointStep {
  const { connect = null, handshake, exchange } = draft;
  if (exchange !== undefined) return { ...draft, stage: 'http', failure: exchange.failure };
  if (handshake !== undefined) return { ...draft, stage: 'tls', failure: handshake.failure };
  return { ...draft, stage: 'tcp', failure: connect };
}

export function exchangeOf({ failure, request, response }: RecordedTransaction): Exchange {
  const came = outcome(failure) === null && response;
  return {
    url: request?.url ?? '',
    failure: outcome(failure),
    response: came ? pageOf(response) : undefined,
  };
}

function outcome(failure: string | false | null | undefined): Outcome {
  return failure || null;
}

interface Tagged {
  readonly tags?: readonly string[] | null | undefined;
  readonly transaction_id?: number | null | undefined;
}

/** The value of the tag `name=value`. */
export function tagOf({ tags }: Tagged, name: string): string | undefined {
  const tag = tags?.findLast((text) => text.startsWith(`${name}=`));
  return tag?.slice(name.length + 1);
}

function depthOf(entry: Tagged): number {
  const depth = tagOf(entry, 'depth') ?? '';
  return /^\d{1,6}$/.test(depth) ? Number(depth) : -1;
}

/** A missing transaction, or 0, is one that is not known (df-002, df-005). */
function keyOf({ transaction_id }: Tagged, otherwise: string): string {
  return transaction_id ? `${transaction_id}` : otherwise;
}

/** A name without an IPv6 address is no failure; and where a resolver over HTTPS fails, it is not for the name's sake. */
function saysNothing({ engine, query_type, failure }: RecordedQuery): boolean {
  if (!failure) return false;
  return engine === 'doh' || (query_type === 'AAAA' && failure === 'dns_no_answer');
}

/** Where neither an engine nor a resolver is named, as before engines were written, it is of the system's resolver (df-002). */
function isOfSystem({ engine, resolver_address, resolver_hostname }: RecordedQuery): boolean {
  return engine ? SYSTEM_ENGINES.has(engine) : !resolver_address && !resolver_hostname;
}

const UNNAMED = 'an unnamed resolver';
const SYSTEM_ENGINES = new Set(['getaddrinfo', 'golang_net_resolver', 'system']);
