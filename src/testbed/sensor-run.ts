import { setTimeout as pause } from 'node:timers/promises';
import { clockAt, dateAt } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import type { ConnectionRecord } from '../origin/connection-log.ts';
import { type MinuteOfNetwork, sessionsByMinute } from '../origin/sensor.ts';
import { layoutOf } from '../scenario/layout.ts';
import { onsetWithin, rulesInTime } from '../scenario/onset.ts';
import { profileOf } from '../scenario/profile.ts';
import type { Scenario } from '../scenario/schema.ts';
import { OUTSIDE, type SensorSpec } from '../scenario/sensor-schema.ts';
import { type Lab, type LogMark, openLab } from './lab.ts';
import { SENSOR_FOLDER } from './lab-config.ts';
import { makeFolderWithin } from './out-folder.ts';
import { judge, type Punctuality, type SensorVerdict, withMachine } from './sensor-verdict.ts';
import { type Visit, visitsOf } from './visits.ts';

export interface SensorRunOptions {
  readonly scenario: Scenario & { readonly sensor: SensorSpec };
  readonly profile?: string | undefined;
  /** The run folder; the sensor's lab writes to a folder in it. */
  readonly out?: string | undefined;
  readonly readOnlyFiles?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Each minute of the calendar as it begins, ISO 8601. */
  readonly onMinute?: ((minute: string) => void) | undefined;
}

/** What the site's log told of its visitors while the rules came into force. */
export interface SensorResult {
  readonly profile: string;
  /** ISO 8601, UTC. */
  readonly onset: string;
  readonly networks: readonly SensorNetwork[];
  readonly minutes: readonly MinuteOfNetwork[];
  readonly verdicts: readonly SensorVerdict[];
}

/** Where visitors come from. */
export interface SensorNetwork {
  readonly network: string;
  /** Of the world outside there is none. */
  readonly asn: number | undefined;
  readonly isInside: boolean;
}

/** Runs through the time when the rules come into force, in a lab of its own, and reads the site's log of it. */
export async function runSensor(options: SensorRunOptions): Promise<SensorResult> {
  const { scenario, out, signal } = options;
  const { sensor } = scenario;
  const { profile } = profileOf(scenario, options.profile);
  const rate = MINUTE / sensor.minute_ms;
  const folder = out === undefined ? undefined : makeFolderWithin(out, SENSOR_FOLDER);
  try {
    const lab = await openLab({
      scenario: labOf(scenario),
      profile,
      at: new Date(Date.parse(sensor.from) - LEAD * rate).toISOString(),
      calendarRate: rate,
      out: folder?.path,
      readOnlyFiles: options.readOnlyFiles,
      signal,
    });
    try {
      const { records, punctuality } = await visit(lab, options);
      const result = resultOf(records, scenario, lab);
      const verdicts = result.verdicts.map((verdict) => withMachine(verdict, punctuality));
      return { profile, ...result, verdicts };
    } finally {
      await lab.close();
    }
  } catch (error) {
    folder?.remove();
    throw error;
  }
}

/** What is in the sensor's lab; its rules wait for their time. */
function labOf(scenario: Scenario & { readonly sensor: SensorSpec }): Scenario {
  const { topology } = scenario.sensor;
  return { ...scenario, topology, rules: rulesInTime(scenario), tor: undefined };
}

/**
 * Every visit in its time. What fell due before the lab was ready is left out, of all visitors alike; what a busy machine is
 * late for comes late.
 */
async function visit(
  lab: Lab,
  { scenario: { sensor, seed }, onMinute }: SensorRunOptions,
): Promise<{ readonly records: readonly ConnectionRecord[]; readonly punctuality: Punctuality }> {
  // Whatever is loaded or made for the first visit of each kind is then there.
  await Promise.all(
    sensor.visitors.flatMap(({ from, urls }) => urls.map((url) => oneVisit(lab, { from, url }))),
  );
  const mark = await lab.mark('server');
  const begin = dateAt(lab.calendar, Date.now());
  let failed: { readonly error: unknown } | undefined;
  const underWay: Promise<unknown>[] = [];
  let minute = 0;
  const visits = visitsOf(sensor, seed);
  const inTime = visits.filter(({ at }) => at >= begin);
  let late = visits.length - inTime.length;
  for (const due of inTime) {
    await pause(Math.max(0, clockAt(lab.calendar, due.at) - Date.now()));
    if (failed !== undefined) throw failed.error;
    if (dateAt(lab.calendar, Date.now()) - due.at > MINUTE) late++;
    const now = Math.floor(due.at / MINUTE) * MINUTE;
    if (now !== minute) onMinute?.(new Date(now).toISOString());
    minute = now;
    const made = oneVisit(lab, due).catch((error: unknown) => {
      failed = { error };
    });
    underWay.push(made);
  }
  await Promise.all(underWay);
  if (failed !== undefined) throw failed.error;
  const records = await whenEnded(lab, mark, underWay.length);
  return { records, punctuality: { due: visits.length, late } };
}

function oneVisit(lab: Lab, { from, url }: Omit<Visit, 'at'>): Promise<unknown> {
  const isTls = new URL(url).protocol === 'https:';
  return lab.probe(from, { probe: isTls ? 'https' : 'http', url, ip: 4 });
}

/** The log, once as many sessions as there were visits have come and ended, or have had the time for it. */
async function whenEnded(
  lab: Lab,
  mark: LogMark,
  visits: number,
): Promise<readonly ConnectionRecord[]> {
  for (let waited = 0; ; waited += POLL) {
    const records = await lab.connections('server', mark);
    const ended = records.filter(({ end }) => end !== 'open');
    if (ended.length >= visits || waited >= SETTLE_LIMIT) return records;
    await pause(POLL);
  }
}

function resultOf(
  records: readonly ConnectionRecord[],
  { sensor, ...scenario }: Scenario & { readonly sensor: SensorSpec },
  lab: Lab,
): Omit<SensorResult, 'profile'> {
  const [from, to] = [Date.parse(sensor.from), Date.parse(sensor.to)];
  const { accesses } = layoutOf({ topology: sensor.topology });
  const networkOf = (host: string): string =>
    accesses.find(({ client }) => client === host)?.network ?? OUTSIDE_NETWORK;
  const hosts = sensor.visitors.map((visitor) => visitor.from);
  const addresses = new Map(hosts.map((host) => [lab.hosts[host]?.ipv4 ?? '', networkOf(host)]));
  const minutes = sessionsByMinute(records, { networks: addresses, from, to });
  const onset = onsetWithin(scenario, sensor) ?? from;
  const verdicts = sensor.expect.map((expectation) => {
    const own = expectation.from ?? hosts.filter((host) => host !== OUTSIDE);
    return judge(expectation, own.map(networkOf), { minutes, onset });
  });
  const networks = hosts.map((host) => {
    const network = networkOf(host);
    return { network, asn: scenario.networks[network]?.asn, isInside: host !== OUTSIDE };
  });
  return { onset: new Date(onset).toISOString(), networks, minutes, verdicts };
}

/** In the run folder. */
const OUTSIDE_NETWORK = 'outside';
const MINUTE: Millis = 60_000;
/** Between the lab's beginning and that of the sensor's time: for building the lab, and for the first visits. */
const LEAD: Millis = 2500;
const POLL: Millis = 15;
const SETTLE_LIMIT: Millis = 2000;
