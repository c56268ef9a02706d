import { execa } from 'execa';
import { formatEndpoint } from '../base/address.ts';
import { curlFailureOf } from './failure.ts';
import type { FailedAt, Observation, ProbeRequest } from './observation.ts';

/** The real curl. Its exit status is kept as it is; see curl(1), EXIT CODES. */
export function probeCurl(request: ProbeRequest): Promise<Observation> {
  return runCurl(request, ['--noproxy', '*']);
}

/** curl, by the proxy that `route` names in its own options. */
export async function runCurl(
  request: ProbeRequest,
  route: readonly string[],
): Promise<Observation> {
  const { url, ip, host, connect, tls, group, timeoutMs = 15_000 } = request;
  const result = await execa(
    'curl',
    [
      ...['--silent', '--show-error', '--verbose', `-${ip}`, ...route],
      ...['--max-time', String(timeoutMs / 1000)],
      ...['--output', '/dev/null', '--write-out', WRITTEN.map((name) => `%{${name}}`).join(' ')],
      ...(connect === undefined ? [] : ['--connect-to', `::${connect}:`]),
      ...(tls === undefined ? [] : TLS[tls]),
      ...(group === undefined ? [] : ['--curves', group]),
      ...(host === undefined ? [] : ['--header', `Host: ${host}`]),
      ...['--', url],
    ],
    { reject: false, stdin: 'ignore', timeout: timeoutMs + 5000 },
  );
  if (result.exitCode === undefined) return notRun(result.code, result.shortMessage);
  const written = result.stdout.split(' ');
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

function notRun(code: string | undefined, message: string | undefined): Observation {
  // EACCES: there is a file of that name, but nobody may run it.
  const isMissing = code === 'ENOENT' || code === 'EACCES';
  const skipped = isMissing ? 'curl is not installed (apt-get install curl)' : message;
  return { failure: null, says: '', skipped: skipped ?? 'curl did not run' };
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
