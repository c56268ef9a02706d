import { ChokepointError } from '../base/errors.ts';
import type { ConnectionRecord } from '../origin/connection-log.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { profileOf } from '../scenario/profile.ts';
import type { Expectation, HostName, Scenario } from '../scenario/schema.ts';
import { type Lab, type LabEvent, type LogMark, openLab } from './lab.ts';

/** One probe of a run: an expectation, one of its URLs, one version of IP, one profile. */
export interface Row {
  readonly claim: string;
  readonly profile: string;
  readonly from: HostName;
  readonly request: ProbeRequest;
  readonly see: Expectation['see'];
}

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
  /** What was not as expected, a phrase each. */
  readonly mismatches: readonly string[];
}

export interface RunOptions {
  readonly scenario: Scenario;
  /** Only this profile; by default each one that has rows. */
  readonly profile?: string | undefined;
  readonly out?: string | undefined;
  /** Ends the run when it is aborted: it is then rejected. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: (rows: number) => void;
  readonly onLab?: (profile: string) => void;
  readonly onRow?: (result: RowResult, index: number) => void;
}

export interface RunResult {
  readonly rows: readonly RowResult[];
  /** Of each profile's middlebox. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Runs every probe of a scenario, one after the other, each profile in a lab of its own. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
  const { scenario, out, signal } = options;
  const rows = rowsOf(scenario).filter(
    ({ profile }) => options.profile === undefined || profile === options.profile,
  );
  if (rows.length === 0) throw nothingToRun(options);
  options.onStart?.(rows.length);
  const results: RowResult[] = [];
  const counters: Record<string, Readonly<Record<string, number>>> = {};
  for (const profile of new Set(rows.map((row) => row.profile))) {
    options.onLab?.(profile);
    const lab = await openLab({ scenario, profile, out, signal });
    try {
      for (const row of rows.filter((other) => other.profile === profile)) {
        const result = await runRow(lab, row, scenario);
        results.push(result);
        options.onRow?.(result, results.length);
      }
      counters[profile] = await lab.counters();
    } finally {
      await lab.close();
    }
  }
  return { rows: results, counters };
}

/** A profile that does not exist, or that expects nothing: neither may look like a run in which all is well. */
function nothingToRun({ scenario, profile }: RunOptions): ChokepointError {
  const known = profileOf(scenario, profile).profile;
  const others = [...new Set(rowsOf(scenario).map((row) => row.profile))];
  return new ChokepointError('USAGE', `${scenario.id} expects nothing of its profile "${known}"`, {
    hint: `name one of ${others.join(', ')} with --profile`,
  });
}

/** The rows of a scenario in file order, those of the first profile first. */
export function rowsOf(scenario: Scenario): Row[] {
  const profiles = Object.keys(scenario.profiles);
  const rows = scenario.expect.flatMap((expectation) =>
    (expectation.profiles ?? profiles.slice(0, 1)).flatMap((profile) =>
      expectation.ip.flatMap((ip) =>
        expectation.urls.map((url): Row => {
          const { claim, from, see, probe, connect, host, split, after, beside } = expectation;
          const request = { probe, url, ip, connect, host, split, after, beside };
          return { claim, profile, from, see, request };
        }),
      ),
    ),
  );
  return profiles.flatMap((profile) => rows.filter((row) => row.profile === profile));
}

async function runRow(lab: Lab, row: Row, scenario: Scenario): Promise<RowResult> {
  const originHost = row.see.origin?.host ?? 'server';
  const mark = await lab.mark(originHost);
  const observation = await lab.probe(row.from, row.request);
  if (observation.skipped !== undefined) {
    const nothing = { connections: [], requestBytes: 0, resets: { client: 0, server: 0 } };
    return { ...row, observation, ...nothing, outcome: 'skipped', mismatches: [] };
  }
  await pause(scenario.topology.near_rtt_ms + scenario.topology.far_rtt_ms / 2 + MARGIN);
  const { seen, mismatches } = await settled(lab, row, mark, observation);
  return { ...row, ...seen, outcome: mismatches.length === 0 ? 'passed' : 'failed', mismatches };
}

/**
 * What was seen since `mark`, once every connection has ended and nothing is missing. A busy machine may be late to accept a
 * connection or to write down a decision, so what is missing is waited for; what is too much does not go away by waiting.
 */
async function settled(
  lab: Lab,
  row: Row,
  mark: LogMark,
  observation: Observation,
): Promise<{ readonly seen: Seen; readonly mismatches: readonly string[] }> {
  for (let waited = 0; ; waited += POLL) {
    const connections = await lab.connections(row.see.origin?.host ?? 'server', mark);
    const requestBytes = connections.reduce((sum, connection) => sum + connection.requestBytes, 0);
    const resets = countResets(await lab.events(mark));
    const seen: Seen = { observation, connections, requestBytes, resets };
    const mismatches = compare(row.see, seen);
    const haveEnded = connections.every(({ end }) => end !== 'open');
    if ((haveEnded && mismatches.length === 0) || waited >= SETTLE_LIMIT)
      return { seen, mismatches };
    await pause(POLL);
  }
}

function countResets(events: readonly LabEvent[]): Seen['resets'] {
  const injected = events.flatMap((event) => (event.event === 'decision' ? event.injected : []));
  const towards = (end: 'client' | 'server'): number =>
    injected.filter(
      (packet) => packet.to === end && 'flags' in packet && packet.flags.startsWith('R'),
    ).length;
  return { client: towards('client'), server: towards('server') };
}

/** Where what was seen is not what the scenario says must be seen. */
export function compare(see: Expectation['see'], seen: Seen): string[] {
  const { observation, connections, requestBytes, resets } = seen;
  const mismatches: string[] = [];
  const expect = (what: string, expected: unknown, observed: unknown): void => {
    if (expected === undefined || expected === observed) return;
    mismatches.push(`${what}: expected ${String(expected)}, observed ${String(observed)}`);
  };
  expect('failure', see.failure, observation.failure);
  expect('exit status', see.exit, observation.exit);
  expect('HTTP status', see.status, observation.status);
  expect('requests answered before', see.answered, observation.answered);
  expect('handshake beside it', see.beside, observation.beside);
  if (see.says !== undefined && !observation.says.includes(see.says)) {
    expect('says', see.says, observation.says);
  }
  mismatches.push(...outOfRange('connected after', see.connected_after_ms, observation.connectMs));
  mismatches.push(...outOfRange('failed after', see.failed_after_ms, observation.failedAfterMs));
  expect('connections at the origin', see.origin?.connections, connections.length);
  expect('request bytes at the origin', see.origin?.request_bytes, requestBytes);
  expect('RSTs to the client', see.resets?.client, resets.client);
  expect('RSTs to the server', see.resets?.server, resets.server);
  return mismatches;
}

function outOfRange(
  what: string,
  range: readonly [number, number] | undefined,
  observed = Number.NaN,
): string[] {
  if (range === undefined || (observed >= range[0] && observed <= range[1])) return [];
  return [`${what}: expected ${range.join(' to ')} ms, observed ${observed.toFixed(1)} ms`];
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** In ms. */
const MARGIN = 15;
const POLL = 15;
const SETTLE_LIMIT = 1000;
