import { parseEndpoint } from '../../base/address.ts';
import type { ControlRequest, ControlResponse } from '../../ooni/test-keys.ts';
import type { AsnOf } from '../steps/answers.ts';
import type { Fetched } from '../steps/fetch.ts';
import { lookUp } from '../steps/lookup.ts';
import { Trace } from '../steps/trace.ts';
import { fetchFrom, isUsable, leave, type Reached, reach } from './reach.ts';
import { titleOf } from './title.ts';
import { hostOf, isAddress, MOST_REDIRECTS, redirectOf, type Target, targetsOf } from './urls.ts';

/** What a probe compares itself with: the same measurement from where it runs (ts-017). */
export async function measureControl(
  { http_request, tcp_connect }: ControlRequest,
  asnOf: AsnOf,
  isBogon: (address: string) => boolean,
): Promise<ControlResponse> {
  const trace = new Trace();
  const url = new URL(http_request);
  const dns = await addressesOf(trace, url, asnOf);
  const fromProbe = tcp_connect.map((endpoint) => parseEndpoint(endpoint).address);
  const all = [...new Set([...fromProbe, ...dns.addresses])].filter((one) => !isBogon(one));
  const targets = targetsOf(url, all);
  const [reached, page] = await Promise.all([
    Promise.all(targets.map((target) => reach(trace, trace.leg(), url, target))),
    fetchPage(trace, url, asnOf),
  ]);
  await Promise.all(reached.map(leave));
  return {
    tcp_connect: Object.fromEntries(
      reached.map(({ address, tcpFailure }) => [address, attempt(tcpFailure)]),
    ),
    tls_handshake: Object.fromEntries(
      reached.flatMap(({ address, tlsFailure }) =>
        tlsFailure === undefined
          ? []
          : [[address, { server_name: hostOf(url), ...attempt(tlsFailure) }]],
      ),
    ),
    quic_handshake: {},
    http_request: pageOf(page),
    http3_request: null,
    dns: { failure: dns.failure, addrs: [...dns.addresses] },
    ip_info: Object.fromEntries(
      [...new Set([...fromProbe, ...dns.addresses])].map((address) => [
        address,
        { asn: asnOf(address), flags: flagsOf(address) },
      ]),
    ),
  };

  function flagsOf(address: string): number {
    const isValid = reached.some(
      ({ target, tlsFailure }) => target.address === address && tlsFailure === null,
    );
    return (
      (fromProbe.includes(address) ? 1 : 0) +
      (dns.addresses.includes(address) ? 2 : 0) +
      (isBogon(address) ? 4 : 0) +
      (isValid ? 8 : 0)
    );
  }
}

/** Of both versions: the control does not know which of them a probe has asked for. */
async function addressesOf(trace: Trace, url: URL, asnOf: AsnOf) {
  if (isAddress(url)) return { failure: null, addresses: [hostOf(url)] };
  return lookUp(trace, trace.leg(), hostOf(url), 0, asnOf);
}

/** The page behind a URL and its redirects. */
async function fetchPage(trace: Trace, from: URL, asnOf: AsnOf): Promise<Fetched> {
  let url = from;
  for (let depth = 0; depth <= MOST_REDIRECTS; depth++) {
    const { failure, addresses } = await addressesOf(trace, url, asnOf);
    if (failure !== null) return failed(failure);
    const target = targetsOf(url, addresses).find(({ isForPage }) => isForPage) as Target;
    const reached: Reached = await reach(trace, trace.leg(), url, target);
    if (!isUsable(reached)) return failed(reached.tcpFailure ?? reached.tlsFailure ?? '');
    const fetched = await fetchFrom(trace, reached, url);
    await leave(reached);
    const next = redirectOf(url, fetched);
    if (next === undefined) return fetched;
    url = next;
  }
  return failed('http_request_failed');
}

function pageOf({ failure, response }: Fetched): ControlResponse['http_request'] {
  const nothing = { discovered_h3_endpoint: '', title: '', headers: {} };
  if (response === undefined) {
    return { ...nothing, body_length: -1, failure, status_code: -1 };
  }
  const { body, headers, status } = response;
  return {
    ...nothing,
    body_length: body.length,
    failure: null,
    title: titleOf(body.toString('utf8')),
    headers: Object.fromEntries(headers),
    status_code: status,
  };
}

function failed(failure: string): Fetched {
  return { failure, response: undefined, location: undefined };
}

function attempt(failure: string | null): { status: boolean; failure: string | null } {
  return { status: failure === null, failure };
}
