import { parseEndpoint } from '../base/address.ts';
import { experiment } from './experiment.ts';
import type { FailedAt, Observation, ProbeRequest } from './observation.ts';
import { describeHandshake } from './steps/handshake.ts';
import type { Trace } from './steps/trace.ts';

/**
 * Makes one measurement of a URL, and writes it down as OONI's urlgetter does (ts-027). It has no verdict: without a control,
 * nothing tells a censor's work from a site that is down.
 */
export function urlgetter(
  request: ProbeRequest,
  trace: Trace,
  measure: (trace: Trace) => Promise<Observation>,
): Promise<Observation> {
  const { url: input } = request;
  const options = optionsOf(request);
  return experiment({ ...URLGETTER, input, options }, async () => {
    const observation = await measure(trace);
    await Promise.all(trace.pending);
    const { failure, says, exit, bootstrap, connectMs, failedAfterMs } = observation;
    const failedAt = failure === null ? null : (observation.failedAt ?? failedIn(trace));
    if (trace.tcpConnect.length === 0) addTold(trace, request, observation, failedAt);
    const test_keys = {
      agent: 'redirect',
      failed_operation: failedAt,
      failure,
      socksproxy: null,
      ...trace.techniques(),
      x_probe: request.probe,
      x_says: says,
      ...(exit === undefined ? {} : { x_exit: exit }),
      ...(bootstrap === undefined ? {} : { x_bootstrap: bootstrap }),
      ...(connectMs === undefined ? {} : { x_connect_ms: connectMs }),
      ...(failedAfterMs === undefined ? {} : { x_failed_after_ms: failedAfterMs }),
    };
    return {
      observation: failedAt === null ? observation : { ...observation, failedAt },
      test_keys,
    };
  });
}

const URLGETTER = { test_name: 'urlgetter', test_version: '0.2.0' };

/** Of a program: the connection of which it told where it went, and the handshake over it. Of either it tells no times. */
function addTold(
  trace: Trace,
  { url }: ProbeRequest,
  { remote, failure }: Observation,
  failedAt: FailedAt | null,
): void {
  if (remote === undefined || failedAt === 'resolve') return;
  const when = { t0: 0, t: trace.seconds(), ...trace.leg('x_told') };
  const { address: ip, port } = parseEndpoint(remote);
  const ofConnect = failedAt === 'connect' ? failure : null;
  const status = { failure: ofConnect, success: ofConnect === null };
  trace.tcpConnect.push({ ip, port, status, ...when });
  const { protocol, hostname: serverName } = new URL(url);
  if (protocol !== 'https:' || failedAt === 'connect') return;
  const ofShake = failedAt === 'tls_handshake' ? failure : null;
  const handshake = describeHandshake({ serverName, address: remote, failure: ofShake });
  trace.tlsHandshakes.push({ ...handshake, ...when });
}

/** The first step that failed. */
function failedIn(trace: Trace): FailedAt {
  const hasFailed = ({ failure }: { readonly failure: string | null }): boolean => failure !== null;
  if (trace.queries.some(hasFailed)) return 'resolve';
  if (trace.tcpConnect.some(({ status }) => hasFailed(status))) return 'connect';
  if (trace.tlsHandshakes.some(hasFailed)) return 'tls_handshake';
  return 'http_round_trip';
}

/** What is not to be seen in the URL, as miniooni takes it on its command line. */
function optionsOf({ host, connect, split, tls, group, bridge, ip }: ProbeRequest): string[] {
  const options = { HTTPHost: host, Connect: connect, Split: split, TLSVersion: tls, Group: group };
  return Object.entries({ ...options, Bridge: bridge, IP: ip === 6 ? '6' : undefined }).flatMap(
    ([name, value]) => (value === undefined ? [] : [`${name}=${value}`]),
  );
}
