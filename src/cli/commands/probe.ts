import { ChokepointError } from '../../base/errors.ts';
import { quoted, shorten } from '../../base/showable.ts';
import { parseUrl } from '../../base/url.ts';
import { type LabFacts, requireLab } from '../../probe/lab-facts.ts';
import type { Observation, ProbeRequest } from '../../probe/observation.ts';
import { probe as measure } from '../../probe/probe.ts';
import { stuckLookups } from '../../probe/steps/lookup.ts';
import { renderObservation } from '../../report/observation.ts';
import { type AskedOf, impossibleProbe } from '../../scenario/cross-check-probes.ts';
import { Domain, Line, Probe } from '../../scenario/fields.ts';
import { checked } from '../checked.ts';
import { print as draw, printJsonLine, tell, terminalWidth } from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface ProbeCommandOptions {
  readonly ip: string;
  readonly control?: string;
  readonly connect?: string;
  readonly host?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

/** One measurement from the host of a lab on which this runs. */
export async function probe(
  kind: string,
  targets: readonly string[],
  options: ProbeCommandOptions,
): Promise<void> {
  const requests = targets.map((url) => requestOf(kind, url, options));
  requireHost(requireLab(), options.connect);
  for (const request of requests) {
    const observation = await measure(request);
    print(request, observation, options);
    if (observation.skipped !== undefined) process.exitCode = 3;
  }
  if (stuckLookups() > 0) await leave();
}

/** A name that no host has is looked up like any other: that it leads nowhere would pass for blocking. */
function requireHost({ hosts }: LabFacts, name: string | undefined): void {
  if (name === undefined || Object.hasOwn(hosts, name)) return;
  const known = Object.keys(hosts).join(', ');
  throw new ChokepointError(
    'USAGE',
    `--connect: expected a host of this lab (${known}); found ${shorten(quoted(name))}`,
  );
}

/** A thread that looks up a name would be waited for, perhaps for ever. */
async function leave(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise((resolve) => stream.write('', resolve));
  }
  const { exitAtOnce } = await import('../../dataplane/ffi/libc.ts');
  exitAtOnce(Number(process.exitCode ?? 0));
}

function requestOf(kind: string, url: string, options: ProbeCommandOptions): ProbeRequest {
  const probe = Probe.options.find((one) => one === kind);
  if (probe === undefined) {
    throw new ChokepointError('USAGE', `there is no probe "${kind}"`, {
      hint: `name one of ${Probe.options.join(', ')}`,
    });
  }
  if (parseUrl(url) === undefined) {
    throw new ChokepointError(
      'USAGE',
      `expected a URL such as "https://example.org/"; found "${url}"`,
    );
  }
  const { connect } = options;
  const control = checked('--control', Domain, options.control);
  const host = checked('--host', Line, options.host);
  const timeout_s = timeoutOf(options);
  const ip = ipOf(options);
  const asked: AskedOf = { probe, urls: [url], ip: [ip], control, connect, host, timeout_s };
  for (const { message } of impossibleProbe(asked)) throw new ChokepointError('USAGE', message);
  if (probe === 'tor' && ip === 6) {
    throw new ChokepointError('USAGE', '--ip: the Tor network is IPv4 alone; found 6');
  }
  const timeoutMs = timeout_s === undefined ? undefined : timeout_s * 1000;
  return { probe, url, control, connect, host, ip, timeoutMs };
}

function ipOf({ ip }: ProbeCommandOptions): 4 | 6 {
  if (ip === '4') return 4;
  if (ip === '6') return 6;
  throw new ChokepointError('USAGE', `--ip: expected 4 or 6; found "${ip}"`);
}

function timeoutOf({ timeout }: ProbeCommandOptions): number | undefined {
  return wholeNumber('--timeout', timeout, 1, 60);
}

function print(
  request: ProbeRequest,
  observation: Observation,
  { json }: ProbeCommandOptions,
): void {
  const { measurements = [], ...seen } = observation;
  if (!json) draw(renderObservation, request, seen, terminalWidth());
  // A line each, as in measurements.jsonl: what cannot be measured is no measurement.
  else for (const one of measurements) printJsonLine(one);
  if (json && seen.skipped !== undefined) tell(`chokepoint: ${seen.skipped}`);
}
