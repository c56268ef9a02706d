import type { ConnectionRecord } from '../origin/connection-log.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { phasesOf } from '../scenario/phases.ts';
import type { Expectation, HostName, Scenario } from '../scenario/schema.ts';

/** A flow in a run's capture: the network whose box saw it, and its number there. */
export interface RowFlow {
  readonly box: string;
  readonly flow: number;
}

/** One probe of a run: an expectation, one of its URLs, one version of IP, one profile. */
export interface Row {
  readonly claim: string;
  /** Of the scenario's negative controls: it only looks like what is blocked. */
  readonly isControl: boolean;
  readonly profile: string;
  readonly phase: string;
  readonly from: HostName;
  readonly request: ProbeRequest;
  readonly see: Expectation['see'];
  /** How often it is tried. */
  readonly times: number;
}

/** In place of a failure's name, where a row must fail and nothing says how: of a lab for a censor alone. */
export const ANY_FAILURE = 'any failure';

/** Everything that was seen of a row, wherever it was seen. */
export interface Seen {
  readonly observation: Observation;
  /** Connections at the web server that the row names. */
  readonly connections: readonly ConnectionRecord[];
  /** What those received from the client, TLS handshakes included. */
  readonly requestBytes: number;
  readonly resets: { readonly client: number; readonly server: number };
}

export interface RowResult extends Row, Seen {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** When it ran, by the scenario's calendar, in ISO 8601; of a skipped row undefined. */
  readonly span?: { readonly from: string; readonly to: string } | undefined;
  /** Of a run with a capture: the flows that it made, as `explain` numbers them. */
  readonly flows?: readonly RowFlow[] | undefined;
  /** What was not as expected, a phrase each. */
  readonly mismatches: readonly string[];
}

/** The rows of a scenario in file order, those of the first profile first. */
export function rowsOf(scenario: Scenario): Row[] {
  const profiles = Object.keys(scenario.profiles);
  const phases = phasesOf(scenario).map(({ name }) => name);
  const rows = scenario.expect.flatMap((expectation) =>
    variantsOf(expectation, profiles, phases).map(({ url, ip, from, profile, phase }): Row => {
      const {
        claim,
        negative_control: isControl = false,
        see,
        times = 1,
        timeout_s,
        probe,
        connect,
        host,
        split,
        ...more
      } = expectation;
      const { tls, group, after, beside, bridge, control } = more;
      const timeoutMs = timeout_s && timeout_s * 1000;
      const said = { connect, host, split, tls, group, after, beside, bridge, control };
      const request = { probe, url, ip, timeoutMs, ...said };
      return { claim, isControl, profile, phase, from, see, times, request };
    }),
  );
  return profiles.flatMap((profile) =>
    phases.flatMap((phase) => rows.filter((row) => row.profile === profile && row.phase === phase)),
  );
}

/**
 * Whether a row waits for nothing to come, and may do so beside others: then nothing is counted of it, or its probe tells the
 * end of its only connection.
 */
export function isSlow({ request, see, times }: Row): boolean {
  const { probe, beside } = request;
  const isCounted = see.origin !== undefined || see.resets !== undefined;
  if (PATIENT.includes(probe)) return !isCounted;
  const isToldApart = TELLING_PORTS.includes(probe) && times === 1 && beside === undefined;
  // Tor tries again for a while, whatever happens to it.
  const waits = probe === 'tor' && see.failure !== null;
  return (waits || see.failure === 'generic_timeout_error') && (isToldApart || !isCounted);
}

/** Every way in which an expectation is to be tried. */
function variantsOf(
  { urls, ip: versions, from, ...only }: Expectation,
  profiles: readonly string[],
  phases: readonly string[],
) {
  return (only.profiles ?? profiles.slice(0, 1)).flatMap((profile) =>
    (only.phases ?? phases.slice(0, 1)).flatMap((phase) =>
      from.flatMap((vantage) =>
        versions.flatMap((ip) => urls.map((url) => ({ url, ip, from: vantage, profile, phase }))),
      ),
    ),
  );
}

/** Probes that take seconds, whatever they see. */
const PATIENT: readonly string[] = ['dnscheck', 'tcpping', 'tlsmiddlebox'];
/** Probes that tell the client's end of their connection. */
const TELLING_PORTS: readonly string[] = ['tcp', 'http', 'https', 'curl'];
