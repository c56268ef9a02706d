import { experiment } from './experiment.ts';
import type { FailedAt, Observation, ProbeRequest, Verdict } from './observation.ts';
import type { Trace } from './steps/trace.ts';

/** Makes one measurement of a URL, and writes it down as OONI's urlgetter does (ts-027). */
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
    const verdict = verdictOf(failedAt);
    const test_keys = {
      agent: 'redirect',
      failed_operation: failedAt,
      failure,
      socksproxy: null,
      ...trace.techniques(),
      x_blocking: verdict.blocking,
      x_probe: request.probe,
      x_says: says,
      ...(exit === undefined ? {} : { x_exit: exit }),
      ...(bootstrap === undefined ? {} : { x_bootstrap: bootstrap }),
      ...(connectMs === undefined ? {} : { x_connect_ms: connectMs }),
      ...(failedAfterMs === undefined ? {} : { x_failed_after_ms: failedAfterMs }),
    };
    return { observation: { ...observation, verdict }, test_keys };
  });
}

const URLGETTER = { test_name: 'urlgetter', test_version: '0.2.0' };

/**
 * What web_connectivity calls a failure of that step (ts-017), for a target that is known to be up. A name that resolves to
 * another address is none: it takes a control to tell.
 */
function verdictOf(failedAt: FailedAt | null): Verdict {
  if (failedAt === null) return { blocking: false, accessible: true };
  return { blocking: BLOCKING[failedAt], accessible: false };
}

const BLOCKING = {
  resolve: 'dns',
  connect: 'tcp_ip',
  tls_handshake: 'http-failure',
  http_round_trip: 'http-failure',
} as const;

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
