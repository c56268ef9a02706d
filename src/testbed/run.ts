import { ChokepointError } from '../base/errors.ts';
import type { ConnectionRecord } from '../origin/connection-log.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { type Phase, phaseAt, phasesOf } from '../scenario/phases.ts';
import { profileOf } from '../scenario/profile.ts';
import type { Expectation, HostName, OutsideHost, Scenario } from '../scenario/schema.ts';
import { type Lab, type LabEvent, type LogMark, openLab } from './lab.ts';
import { runSensor, type SensorResult } from './sensor-run.ts';

import { missingSoftware } from './software-servers.ts';

import { type ScenarioTable, tablesOf } from './tables.ts';

/** One probe of a run: an expectation, one of its URLs, one version of IP, one profile. */
export interface Row {
  readonly claim: string;
  readonly profile: string;
  readonly phase: string;
  readonly from: HostName;
  readonly request: ProbeRequest;
  readonly see: Expectation['see'];
  /** How often it is tried. */
  readonly times: number;
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
  /** Only what is expected at this time of the scenario's calendar; by default each of its phases is run. */
  readonly at?: string | undefined;
  readonly out?: string | undefined;
  /** Ends the run when it is aborted: it is then rejected. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: (rows: number) => void;
  readonly onLab?: (profile: string, phase: Phase) => void;
  /** What is being waited for while a lab is built. */
  readonly onProgress?: ((text: string) => void) | undefined;
  readonly onRow?: (result: RowResult, index: number) => void;
  /** Each minute of the sensor's calendar, as it begins. */
  readonly onMinute?: ((minute: string) => void) | undefined;
}

export interface RunResult {
  readonly rows: readonly RowResult[];
  /** Of each profile's middlebox. */
  readonly counters: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** That the scenario asks for, of what was measured. */
  readonly tables: readonly ScenarioTable[];
  /** Of a scenario that has a sensor, if it was not run at one time alone. */
  readonly sensor?: SensorResult;
}

/** Runs every probe of a scenario; each profile and phase in a lab of its own, and so its sensor, last. */
export async function runScenario(options: RunOptions): Promise<RunResult> {
  const { scenario, out, signal, at, onProgress } = options;
  const phases = at === undefined ? phasesOf(scenario) : [phaseAt(scenario, at)];
  const rows = rowsOf(scenario).filter(
    ({ profile, phase }) =>
      (options.profile === undefined || profile === options.profile) &&
      phases.some(({ name }) => name === phase),
  );
  if (rows.length === 0) throw nothingToRun(options);
  options.onStart?.(rows.length);
  const results = new Map<Row, RowResult>();
  const counters: Record<string, Readonly<Record<string, number>>> = {};
  const note = (row: Row, result: RowResult): void => {
    results.set(row, result);
    options.onRow?.(result, results.size);
  };
  for (const profile of new Set(rows.map((row) => row.profile))) {
    for (const phase of phases) {
      const own = rows.filter((row) => row.profile === profile && row.phase === phase.name);
      if (own.length === 0) continue;
      options.onLab?.(profile, phase);
      const lab = await openLab({ scenario, profile, at: phase.at, out, signal, onProgress });
      try {
        await runRows(lab, own, scenario, note);
        counters[phases.length === 1 ? profile : `${profile}, ${phase.name}`] =
          await lab.counters();
      } finally {
        await lab.close();
      }
    }
  }
  const ordered = rows.map((row) => results.get(row) as RowResult);
  const seen = { rows: ordered, counters, tables: tablesOf(scenario, ordered) };
  const { sensor } = scenario;
  if (sensor === undefined || at !== undefined) return seen;
  return { ...seen, sensor: await runSensor({ ...options, scenario: { ...scenario, sensor } }) };
}

/**
 * One after the other. Those that wait for nothing to come run side by side: whatever they cause is told from the rest by the
 * client's port. Clients of Tor that get nowhere run beside all others, of which none is to do with a Tor network.
 */
async function runRows(
  lab: Lab,
  rows: readonly Row[],
  scenario: Scenario,
  note: (row: Row, result: RowResult) => void,
): Promise<void> {
  const stuck = runBeside(rows.filter(isStuckTor));
  stuck.catch(() => undefined); // it is awaited below, if nothing else fails before
  for (const row of rows) {
    if (!isSlow(row)) note(row, await runRow(lab, row, scenario, false));
  }
  await runBeside(rows.filter((row) => isSlow(row) && !isStuckTor(row)));
  await stuck;

  async function runBeside(slow: Row[]): Promise<void> {
    const runNext = async (): Promise<void> => {
      for (let row = slow.shift(); row !== undefined; row = slow.shift()) {
        note(row, await runRow(lab, row, scenario, true));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, runNext));
  }
}

function isStuckTor(row: Row): boolean {
  return row.request.probe === 'tor' && isSlow(row);
}

function isSlow({ request, see }: Row): boolean {
  const isCounted = see.origin !== undefined || see.resets !== undefined;
  const hasPort = TELLING_PORTS.includes(request.probe);
  // Tor tries again for a while, whatever happens to it.
  const waits = request.probe === 'tor' && see.failure !== null;
  return (waits || see.failure === 'generic_timeout_error') && (hasPort || !isCounted);
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
  const phases = phasesOf(scenario).map(({ name }) => name);
  const rows = scenario.expect.flatMap((expectation) =>
    variantsOf(expectation, profiles, phases).map(({ url, ip, from, profile, phase }): Row => {
      const {
        claim,
        see,
        times = 1,
        timeout_s,
        probe,
        connect,
        host,
        split,
        ...more
      } = expectation;
      const { tls, group, after, beside, bridge } = more;
      const timeoutMs = timeout_s && timeout_s * 1000;
      const said = { connect, host, split, tls, group, after, beside, bridge };
      const request = { probe, url, ip, timeoutMs, ...said };
      return { claim, profile, phase, from, see, times, request };
    }),
  );
  return profiles.flatMap((profile) =>
    phases.flatMap((phase) => rows.filter((row) => row.profile === profile && row.phase === phase)),
  );
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

async function runRow(
  lab: Lab,
  row: Row,
  scenario: Scenario,
  isBeside: boolean,
): Promise<RowResult> {
  const missing = missingSoftware(outsideHostOf(scenario, row.request));
  if (missing !== undefined) return skippedRow(row, { failure: null, says: '', skipped: missing });
  const originHost = row.see.origin?.host ?? 'server';
  const mark = await lab.mark(originHost);
  const tries = Array.from({ length: row.times }, () => lab.probe(row.from, row.request));
  const all = await Promise.all(tries);
  const observation = summaryOf(all, row.see.failure);
  if (observation.skipped !== undefined) return skippedRow(row, observation);
  await pause(travelTime(scenario) + MARGIN);
  const { seen, mismatches } = await settled(lab, row, mark, observation, isBeside);
  return { ...row, ...seen, outcome: mismatches.length === 0 ? 'passed' : 'failed', mismatches };
}

function skippedRow(row: Row, observation: Observation): RowResult {
  const nothing = { connections: [], requestBytes: 0, resets: { client: 0, server: 0 } };
  return { ...row, observation, ...nothing, outcome: 'skipped', mismatches: [] };
}

/** The host outside the country that a probe goes to, if the scenario has it. */
function outsideHostOf(
  { hosts = {} }: Scenario,
  { connect, url }: ProbeRequest,
): OutsideHost | undefined {
  if (connect !== undefined) return hosts[connect];
  const { hostname } = new URL(url);
  return Object.values(hosts).find(({ names = [] }) =>
    names.some((name) => hostname === name || hostname.endsWith(`.${name}`)),
  );
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
  isBeside: boolean,
): Promise<{ readonly seen: Seen; readonly mismatches: readonly string[] }> {
  for (let waited = 0; ; waited += POLL) {
    const all = await lab.connections(row.see.origin?.host ?? 'server', mark);
    const connections = all.filter(({ remote }) => !isBeside || remote === observation.local);
    const requestBytes = connections.reduce((sum, connection) => sum + connection.requestBytes, 0);
    const events = await lab.events(mark);
    const resets = countResets(events, isBeside ? observation.local : undefined);
    const seen: Seen = { observation, connections, requestBytes, resets };
    const mismatches = compare(row.see, seen);
    const haveEnded = connections.every(({ end }) => end !== 'open');
    if ((haveEnded && mismatches.length === 0) || waited >= SETTLE_LIMIT)
      return { seen, mismatches };
    await pause(POLL);
  }
}

/** In decisions about this client's end, or about all. */
function countResets(events: readonly LabEvent[], local: string | undefined): Seen['resets'] {
  const injected = events.flatMap((event) =>
    event.event === 'decision' && (local === undefined || event.flow.client === local)
      ? event.injected
      : [],
  );
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
  if (observation.failures === undefined) expect('failure', see.failure, observation.failure);
  else mismatches.push(...outOfCount(see, observation.failures));
  expect('exit status', see.exit, observation.exit);
  expect('HTTP status', see.status, observation.status);
  expect('addresses', inOrder(see.addresses), inOrder(observation.addresses ?? []));
  expect('requests answered before', see.answered, observation.answered);
  expect('handshake beside it', see.beside, observation.beside);
  if (see.says !== undefined && !observation.says.includes(see.says)) {
    expect('says', see.says, observation.says);
  }
  mismatches.push(
    ...outOfRange('bootstrap', see.bootstrap, observation.bootstrap, '%'),
    ...outOfRange('connected after', see.connected_after_ms, observation.connectMs, 'ms'),
    ...outOfRange('failed after', see.failed_after_ms, observation.failedAfterMs, 'ms'),
  );
  expect('connections at the origin', see.origin?.connections, connections.length);
  expect('request bytes at the origin', see.origin?.request_bytes, requestBytes);
  expect('RSTs to the client', see.resets?.client, resets.client);
  expect('RSTs to the server', see.resets?.server, resets.server);
  return mismatches;
}

/** Of many tries, the first that failed as expected, or the first; and how often each failure was seen. */
function summaryOf(all: readonly Observation[], failure: string | null): Observation {
  const first = all.find((one) => one.failure === failure) ?? (all[0] as Observation);
  if (all.length === 1) return first;
  const counts: Record<string, number> = {};
  for (const one of all) {
    const name = one.failure ?? 'none';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return { ...first, failures: counts };
}

/** Without `failing`, all of them. */
function outOfCount(
  { failure, failing }: Expectation['see'],
  failures: Readonly<Record<string, number>>,
): string[] {
  const tries = Object.values(failures).reduce((sum, count) => sum + count, 0);
  const [least, most] = failing ?? [tries, tries];
  const { none = 0, [failure ?? 'none']: count = 0, ...others } = failures;
  const strange = Object.keys(others);
  if (count >= least && count <= most && strange.length === 0) return [];
  const seen = Object.entries(failures).map(([name, times]) => `${name} ${times} times`);
  const often = least === most ? `${least} times` : `${least} to ${most} times`;
  const otherwise = most === tries ? '' : ', and none otherwise';
  return [
    `failure: expected ${failure ?? 'none'} ${often}${otherwise}, observed ${seen.join(', ')}`,
  ];
}

/** As text, so that two sets can be compared. */
function inOrder(addresses: readonly string[] | undefined): string | undefined {
  return addresses && ([...new Set(addresses)].sort().join(', ') || 'none');
}

function outOfRange(
  what: string,
  expected: number | readonly [number, number] | undefined,
  observed = Number.NaN,
  unit: '%' | 'ms',
): string[] {
  if (expected === undefined) return [];
  const [least, most] = typeof expected === 'number' ? [expected, expected] : expected;
  if (observed >= least && observed <= most) return [];
  const range = least === most ? least : `${least} to ${most}`;
  const digits = unit === 'ms' ? 1 : 0;
  return [`${what}: expected ${range} ${unit}, observed ${observed.toFixed(digits)} ${unit}`];
}

/** From a client to the servers, and a reset from the far box back, at most. */
function travelTime({ topology }: Scenario): number {
  const { near_rtt_ms: near, far_rtt_ms: far, transit } = topology;
  return near + far / 2 + (transit === undefined ? 0 : transit.near_rtt_ms + transit.far_rtt_ms);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** In ms. */
const MARGIN = 15;
const POLL = 15;
const SETTLE_LIMIT = 1000;
const SIDE_BY_SIDE = 32;
/** Probes that tell the client's end of their connection. */
const TELLING_PORTS: readonly string[] = ['tcp', 'http', 'https', 'curl'];
