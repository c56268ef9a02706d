import { execa } from 'execa';
import type { Millis } from '../base/units.ts';
import { type DnsUri, parseDnsUri } from '../wire/dns/uri.ts';
import { digFailureOf } from './failure.ts';
import { notRun } from './not-run.ts';
import type { Observation, ProbeRequest } from './observation.ts';

/** The real dig: a question to a resolver, this host's own or the one that the URL names, or a zone transfer. */
export async function probeDig(request: ProbeRequest): Promise<Observation> {
  const { url } = request;
  const uri = parseDnsUri(url);
  if (uri === undefined) return { failure: null, says: '', skipped: `no question: ${url}` };
  const result = await execa('dig', argumentsFor(uri, request), {
    reject: false,
    stdin: 'ignore',
    timeout: TRIES * (request.timeoutMs ?? TIMEOUT) + 5000,
    all: true,
  });
  if (result.exitCode === undefined && !result.timedOut) {
    return notRun(result, 'dig', 'apt-get install bind9-dnsutils');
  }
  const read = readDig(result.all);
  const failure = result.timedOut ? 'generic_timeout_error' : digFailureOf(read, result.all);
  return {
    failure,
    says: read.says,
    exit: result.exitCode,
    addresses: read.addresses,
    failedAt: 'resolve',
  };
}

/** What is in the output of dig. */
export interface DigReading {
  /** Of the response, such as NXDOMAIN; a transfer has none. */
  readonly status: string | undefined;
  readonly addresses: readonly string[];
  /** Records of the answer, or of the zone. */
  readonly count: number;
  /** The line on a transfer's size; or the status, and what the records say. */
  readonly says: string;
}

export function readDig(output: string): DigReading {
  const status = /^;; ->>HEADER<<-.* status: (\w+)/m.exec(output)?.[1];
  const records = [...output.matchAll(RECORD)].map(([, type = '', data = '']) => ({ type, data }));
  const ofAddresses = records.filter(({ type }) => type === 'A' || type === 'AAAA');
  const size = /^;; (XFR size: .*)$/m.exec(output)?.[1];
  const answer = status && [status, ...records.map(({ data }) => data)].join(' ');
  return {
    status,
    addresses: ofAddresses.map(({ data }) => data),
    count: records.length,
    says: size ?? answer ?? complaintOf(output),
  };
}

/** `-r`: whatever the machine's user would have dig do otherwise. */
function argumentsFor(
  { server, name, type }: DnsUri,
  { ip, localPort, transport = 'udp', timeoutMs = TIMEOUT }: ProbeRequest,
): string[] {
  return [
    ...['-r', `-${ip}`, ...(server === undefined ? [] : [`@${server}`]), '-t', type, '-q', name],
    ...(localPort === undefined ? [] : ['-b', `${ip === 4 ? '0.0.0.0' : '::'}#${localPort}`]),
    ...(transport === 'tcp' ? ['+tcp'] : []),
    ...[`+tries=${TRIES}`, `+time=${Math.ceil(timeoutMs / 1000)}`, '+noauthority', '+noadditional'],
  ];
}

/** The first line that says something, and not what dig was asked. */
function complaintOf(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^;+ */, '').trim());
  return (
    lines.find((line) => line !== '' && !/^(<<>>|\(\d+ servers? found|global opt)/.test(line)) ?? ''
  );
}

/** A line that is no comment: owner, TTL, class, type and data. */
const RECORD = /^[^;\s]\S*\s+\d+\s+IN\s+(\w+)\s+(.*)$/gm;

/** Questions over UDP, and how long each waits for its answer. */
const TRIES = 2;
const TIMEOUT: Millis = 3000;
