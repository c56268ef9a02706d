import { encode, RECURSION_DESIRED } from 'dns-packet';
import type { Query } from '../../ooni/techniques.ts';
import { type Answered, type AsnOf, readResponse } from './answers.ts';
import { dial } from './dial.ts';
import type { Question } from './dns-over-udp.ts';
import { fetchOver } from './fetch.ts';
import { shakeHands } from './handshake.ts';
import { hangUp } from './hang-up.ts';
import { lookUp } from './lookup.ts';
import type { Leg } from './trace.ts';
import { Trace } from './trace.ts';

/** A resolver, and how it is reached. */
export interface HttpsResolver {
  readonly url: URL;
  readonly ip: 4 | 6;
  /** Of each step. */
  readonly timeoutMs?: number | undefined;
  /** The client's own port; by default any. */
  readonly localPort?: number | undefined;
}

/** Asks a resolver over HTTPS (RFC 8484), by GET. Of the connection, only what came of the question is written down. */
export async function askOverHttps(
  trace: Trace,
  leg: Leg,
  { hostname, type }: Question,
  resolver: HttpsResolver,
  asnOf: AsnOf,
): Promise<Answered> {
  const t0 = trace.seconds();
  const packet = encode({
    type: 'query',
    id: 0,
    flags: RECURSION_DESIRED,
    questions: [{ name: hostname, type }],
  });
  const url = new URL(`${resolver.url.pathname}?dns=${packet.toString('base64url')}`, resolver.url);
  const { failure, body } = await fetchDns(url, resolver, asnOf);
  const read = body === undefined ? undefined : readResponse(body, type, asnOf);
  const wrong = failure ?? (read === undefined ? 'dns_server_misbehaving' : read.failure);
  const { answers = null, rcode, addresses = [] } = read ?? {};
  const query: Query = {
    answers: wrong === null ? answers : null,
    engine: 'doh',
    failure: wrong,
    hostname,
    query_type: type,
    ...(body === undefined ? {} : { raw_response: body.toString('base64') }),
    ...(rcode === undefined ? {} : { rcode }),
    resolver_hostname: null,
    resolver_port: null,
    resolver_address: resolver.url.href,
    t0,
    t: trace.seconds(),
    ...leg,
  };
  trace.queries.push(query);
  return { failure: wrong, addresses };
}

async function fetchDns(
  url: URL,
  { ip, timeoutMs, localPort }: HttpsResolver,
  asnOf: AsnOf,
): Promise<{ readonly failure: string | null; readonly body?: Buffer }> {
  const aside = new Trace();
  const leg = aside.leg();
  const { addresses, failure } = await lookUp(aside, leg, url.hostname, ip, asnOf);
  const [address] = addresses;
  if (address === undefined) return { failure };
  const port = Number(url.port || 443);
  const { socket, remote, ...dialled } = await dial(
    aside,
    leg,
    { address, port },
    { timeoutMs, localPort },
  );
  if (socket === undefined) return { failure: dialled.failure };
  const options = { serverName: url.hostname, address: remote, alpn: ['http/1.1'], timeoutMs };
  const { tls, ...shaken } = await shakeHands(aside, leg, socket, options);
  if (tls === undefined || shaken.failure !== null) {
    socket.destroy();
    return { failure: shaken.failure };
  }
  const fetched = await fetchOver(aside, leg, socket, tls, {
    url,
    address: remote,
    timeoutMs,
  });
  await hangUp(tls);
  const { response } = fetched;
  if (response === undefined) return { failure: fetched.failure };
  return response.status === 200
    ? { failure: null, body: response.body }
    : { failure: 'http_unexpected_status_code' };
}
