import { setTimeout as pause } from 'node:timers/promises';
import { parseEndpoint } from '../base/address.ts';
import { dateAt } from '../base/calendar.ts';
import { ChokepointError } from '../base/errors.ts';
import type { ConnectionRecord } from '../origin/connection-log.ts';
import type { MeasurementLine } from '../probe/measurement.ts';
import type { Observation, ProbeRequest } from '../probe/observation.ts';
import { type Phase, phaseAt, phasesOf } from '../scenario/phases.ts';
import { profileOf } from '../scenario/profile.ts';
import type { OutsideHost, Scenario } from '../scenario/schema.ts';
import { compare } from './compare.ts';
import { hostOfName } from './host-of-name.ts';
import { resetsIn, torEnds } from './injected.ts';
import { type Lab, type LogMark, openLab } from './lab.ts';
import { isSlow, type Row, type RowResult, rowsOf, type Seen } from './rows.ts';
import { runSensor, type SensorResult } from './sensor-run.ts';
import { missingSoftware } from './software-servers.ts';
import { type ScenarioTable, tablesOf } from './tables.ts';

export interface RunOptions {
  readonly scenario: Scenario;
  /** Only this profile; by default each one that has rows. */
  readonly profile?: string | undefined;
  /** Only what is expected at this time of the scenario's calendar; by default each of its phases is run. */
  readonly at?: string | undefined;
  /** Only the negative controls. */
  readonly controls?: boolean | undefined;
  readonly out?: string | undefined;
  /** Whether the machine's files are read-only in its labs: see `OpenLabOptions`. */
  readonly readOnlyFiles?: boolean | undefined;
  /** Ends the run when it is aborted: it is then rejected. */
  readonly signal?: AbortSignal | undefined;
  readonly onStart?: (rows: number) => void;
  readonly onLab?: (profile: string, phase: Phase) => void;
  /** What is being waited for while a lab is built. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** In OONI's format, as they are made. */
  readonly onMeasurements?: ((measurements: readonly MeasurementLine[]) => void) | undefined;
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
  const { scenario, out, signal, at, onProgress, readOnlyFiles } = options;
  const phases = at === undefined ? phasesOf(scenario) : [phaseAt(scenario, at)];
  const rows = rowsOf(scenario).filter(
    ({ profile, phase, isControl }) =>
      (isControl || !options.controls) &&
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
      const place = { scenario, profile, at: phase.at, out, readOnlyFiles };
      const lab = await openLab({ ...place, signal, onProgress });
      try {
        await runRows(lab, own, scenario, note, options.onMeasurements);
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
  if (sensor === undefined || at !== undefined || options.controls) return seen;
  return { ...seen, sensor: await runSensor({ ...options, scenario: { ...scenario, sensor } }) };
}

/**
 * One after the other. Those that wait for nothing to come run side by side: whatever they cause is told from the rest by the
 * client's port. Clients of Tor that get nowhere run beside all others, for which what happens at the Tor network's ports does
 * not count.
 */
async function runRows(
  lab: Lab,
  rows: readonly Row[],
  scenario: Scenario,
  note: (row: Row, result: RowResult) => void,
  onMeasurements: RunOptions['onMeasurements'],
): Promise<void> {
  const stuck = runBeside(rows.filter(isStuckTor));
  stuck.catch(() => undefined); // it is awaited below, if nothing else fails before
  for (const row of rows) {
    if (!isSlow(row)) note(row, await runRow(lab, row, scenario, false, onMeasurements));
  }
  await runBeside(rows.filter((row) => isSlow(row) && !isStuckTor(row)));
  await stuck;

  async function runBeside(slow: Row[]): Promise<void> {
    const runNext = async (): Promise<void> => {
      for (let row = slow.shift(); row !== undefined; row = slow.shift()) {
        note(row, await runRow(lab, row, scenario, true, onMeasurements));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, runNext));
  }
}

function isStuckTor(row: Row): boolean {
  return row.request.probe === 'tor' && isSlow(row);
}

/** A profile that does not exist, or that expects nothing: neither may look like a run in which all is well. */
function nothingToRun({ scenario, profile, controls }: RunOptions): ChokepointError {
  const known = profileOf(scenario, profile).profile;
  const rows = rowsOf(scenario).filter(({ isControl }) => isControl || !controls);
  const others = [...new Set(rows.map((row) => row.profile))];
  const what = controls ? 'no negative control' : 'nothing';
  return new ChokepointError('USAGE', `${scenario.id} expects ${what} of its profile "${known}"`, {
    hint: `name one of ${others.join(', ')} with --profile`,
  });
}

async function runRow(
  lab: Lab,
  row: Row,
  scenario: Scenario,
  isBeside: boolean,
  onMeasurements: RunOptions['onMeasurements'],
): Promise<RowResult> {
  const missing = missingSoftware(outsideHostOf(scenario, row.request));
  if (missing !== undefined) {
    return rowWithout(row, { failure: null, says: '', skipped: missing }, 'skipped', []);
  }
  const originHost = row.see.origin?.host ?? 'server';
  const mark = await lab.mark(originHost);
  const from = nowIn(lab);
  const tries = Array.from({ length: row.times }, () => lab.probe(row.from, row.request));
  const all = (await Promise.all(tries)).map(({ measurements = [], ...seen }, i) => {
    onMeasurements?.(measurements.map((one) => labelled(one, row, i)));
    return seen;
  });
  const observation = summaryOf(all, row.see.failure);
  if (observation.skipped !== undefined) return rowWithout(row, observation, 'skipped', []);
  const { broken } = all.find((one) => one.broken !== undefined) ?? {};
  if (broken !== undefined) return rowWithout(row, observation, 'failed', [broken]);
  await pause(travelTime(scenario) + MARGIN);
  const { seen, mismatches } = await settled(lab, scenario, row, mark, observation, isBeside);
  const outcome = mismatches.length === 0 ? 'passed' : 'failed';
  return { ...row, ...seen, outcome, span: { from, to: nowIn(lab) }, mismatches };
}

/** By the lab's calendar, as captures are dated. */
function nowIn({ calendar }: Lab): string {
  return new Date(dateAt(calendar, Date.now())).toISOString();
}

/** With the row that it is of, so that it can be found in the summary. */
function labelled(one: MeasurementLine, { claim, times }: Row, i: number): MeasurementLine {
  const annotations = { ...one.annotations, claim };
  return { ...one, annotations: times === 1 ? annotations : { ...annotations, try: `${i + 1}` } };
}

/** Of a probe that was not made, or did not come to its end: what else was seen says nothing. */
function rowWithout(
  row: Row,
  observation: Observation,
  outcome: RowResult['outcome'],
  mismatches: readonly string[],
): RowResult {
  const nothing = { connections: [], requestBytes: 0, resets: { client: 0, server: 0 } };
  return { ...row, observation, ...nothing, outcome, mismatches };
}

/** The host outside the country that a probe goes to, if the scenario has it. */
function outsideHostOf(
  scenario: Scenario,
  { connect, url }: ProbeRequest,
): OutsideHost | undefined {
  return scenario.hosts?.[connect ?? hostOfName(new URL(url).hostname, scenario)];
}

/**
 * What was seen since `mark`, once every connection has ended and nothing is missing. A busy machine may be late to accept a
 * connection or to write down a decision, so what is missing is waited for; what is too much does not go away by waiting.
 */
async function settled(
  lab: Lab,
  scenario: Scenario,
  row: Row,
  mark: LogMark,
  observation: Observation,
  isBeside: boolean,
): Promise<{ readonly seen: Seen; readonly mismatches: readonly string[] }> {
  for (let waited = 0; ; waited += POLL) {
    const all = await lab.connections(row.see.origin?.host ?? 'server', mark);
    const connections = all.filter((one) => !isBeside || isOf(observation, one));
    const requestBytes = connections.reduce((sum, connection) => sum + connection.requestBytes, 0);
    const resets = resetsIn(await lab.events(mark), {
      client: isBeside ? observation.local : undefined,
      server: isBeside ? observation.remote : undefined,
      exceptServers: row.request.probe === 'tor' ? [] : torEnds(scenario, lab.hosts.server.ipv4),
    });
    const seen: Seen = { observation, connections, requestBytes, resets };
    const mismatches = compare(row.see, seen);
    const haveEnded = connections.every(({ end }) => end !== 'open');
    if ((haveEnded && mismatches.length === 0) || waited >= SETTLE_LIMIT)
      return { seen, mismatches };
    await pause(POLL);
  }
}

/** By both of its ends: the kernel may give one port of a client to several connections, to different ports. */
function isOf({ local, remote }: Observation, connection: ConnectionRecord): boolean {
  if (connection.remote !== local) return false;
  return remote === undefined || parseEndpoint(remote).port === connection.localPort;
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

/** From a client to the servers, and a reset from the far box back, at most. */
function travelTime({ topology }: Scenario): number {
  const { near_rtt_ms: near, far_rtt_ms: far, transit } = topology;
  const most = near + far / 2 + mostJitter(topology);
  if (transit === undefined) return most;
  return most + transit.near_rtt_ms + transit.far_rtt_ms + mostJitter(transit);
}

/** There and back. */
function mostJitter({ near_jitter_ms = 0, far_jitter_ms = 0 }: Jitters): number {
  return 2 * (near_jitter_ms + far_jitter_ms);
}

type Jitters = Pick<Scenario['topology'], 'near_jitter_ms' | 'far_jitter_ms'>;

/** In ms. */
const MARGIN = 15;
const POLL = 15;
const SETTLE_LIMIT = 1000;
const SIDE_BY_SIDE = 32;
