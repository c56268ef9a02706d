import { execa } from 'execa';
import { formatEndpoint } from '../base/address.ts';
import { curlFailureOf } from './failure.ts';
import { notRun } from './not-run.ts';
import type { FailedAt, Observation, ProbeRequest } from './observation.ts';

/** The real curl. Its exit status is kept as it is; see curl(1), EXIT CODES. */
export function probeCurl(request: ProbeRequest): Promise<Observation> {
  const { ip, through: { proxy, connect, command } = {} } = request;
  if (proxy !== undefined) return runCurl(request, ['--proxy', proxy]);
  if (connect === undefined) return runCurl(request, [`-${ip}`, '--noproxy', '*'], command);
  const endpoint = /:\d+$/.test(connect) ? connect : `${connect}:`;
  return runCurl(request, ['--noproxy', '*', '--connect-to', `::${endpoint}`]);
}

/** curl, by the way that `route` says in its own options; `by`, if given, is the command that runs it. */
export async function runCurl(
  request: ProbeRequest,
  route: readonly string[],
  by: readonly string[] = [],
): Promise<Observation> {
  const { url, host, connect, tls, group, keepsPage = false, timeoutMs = 15_000 } = request;
  const [program = '', ...words] = [...by, 'curl'];
  const result = await execa(
    program,
    [
      ...[...words, '--silent', '--show-error', '--verbose', '--globoff', ...route],
      ...['--max-time', String(timeoutMs / 1000)],
      ...['--output', keepsPage ? '-' : '/dev/null'],
      ...['--write-out', `\n${WRITTEN.map((name) => `%{${name}}`).join(' ')}`],
      ...(connect === undefined ? [] : ['--connect-to', `::${connect}:`]),
      ...(tls === undefined ? [] : TLS[tls]),
      ...(group === undefined ? [] : ['--curves', group]),
      ...(host === undefined ? [] : ['--header', `Host: ${host}`]),
      ...['--', url],
    ],
    { reject: false, stdin: 'ignore', timeout: timeoutMs + 5000 },
  );
  if (result.exitCode === undefined) {
    return notRun(result, program, program === 'curl' ? 'apt-get install curl' : undefined);
  }
  const pageEnd = result.stdout.lastIndexOf('\n');
  const written = result.stdout.slice(pageEnd + 1).split(' ');
  const [status = 0, lookup = 0, connected = 0, shaken = 0, total = 0] = written.map(Number);
  const [localAddress = '', localPort, remoteAddress = '', remotePort] = written.slice(5);
  const message = /^curl: \(\d+\) (.*)$/m.exec(result.stderr)?.[1] ?? '';
  // Of a connection that cannot be made, only the verbose log gives the reason.
  const reason = /^\* .*failed: (.*)$/m.exec(result.stderr)?.[1] ?? '';
  const failure = curlFailureOf(result.exitCode, `${message} ${reason}`.trim());
  return {
    failure,
    local: endpoint(localAddress, localPort),
    remote: endpoint(remoteAddress, remotePort) ?? lastTried(result.stderr),
    says: result.exitCode === 0 ? `HTTP ${status}` : `curl ${result.exitCode}: ${message}`,
    exit: result.exitCode,
    failedAt: failure === null ? undefined : failedAt(result.exitCode, result.stderr, shaken, url),
    status: status === 0 ? undefined : status,
    page: keepsPage ? result.stdout.slice(0, pageEnd) : undefined,
    connectMs: connected > 0 ? (connected - lookup) * 1000 : undefined,
    failedAfterMs: failure === null || connected === 0 ? undefined : (total - connected) * 1000,
  };
}

/** The step in which curl ended (curl(1), EXIT CODES); a timeout's is where it had come to by its verbose log. */
function failedAt(exit: number, log: string, shaken: number, url: string): FailedAt {
  if (exit === 5 || exit === 6 || /Resolving timed out/.test(log)) return 'resolve';
  if (exit === 7 || !/^\* Connected to /m.test(log)) return 'connect';
  return url.startsWith('https:') && shaken === 0 ? 'tls_handshake' : 'http_round_trip';
}

/** Of no connection, curl writes no address, or an empty one with the port 0. */
function endpoint(address: string, port: string | undefined): string | undefined {
  return address === '' || !(Number(port) > 0) ? undefined : formatEndpoint(address, Number(port));
}

/** Where a connection could not be made, the verbose log has where to. */
function lastTried(log: string): string | undefined {
  const [, address = '', port] = [...log.matchAll(TRYING)].at(-1) ?? [];
  return endpoint(address, port);
}

/** OpenSSL, by which Debian's curl speaks, takes TLS 1.0 for too weak unless it is told. */
const TLS: Readonly<Record<NonNullable<ProbeRequest['tls']>, readonly string[]>> = {
  '1.0': ['--tlsv1.0', '--tls-max', '1.0', '--ciphers', 'DEFAULT:@SECLEVEL=0'],
  '1.2': ['--tlsv1.2', '--tls-max', '1.2'],
  '1.3': ['--tlsv1.3'],
};
const WRITTEN = [
  'http_code',
  'time_namelookup',
  'time_connect',
  'time_appconnect',
  'time_total',
  'local_ip',
  'local_port',
  'remote_ip',
  'remote_port',
];
/** Older ones write IPv6 addresses without brackets. */
const TRYING = /^\* +Trying \[?([0-9a-f.:]+)\]?:(\d+)\.\.\.$/gm;
