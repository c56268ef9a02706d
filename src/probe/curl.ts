import { execa } from 'execa';
import { formatEndpoint } from '../base/address.ts';
import { curlFailureOf } from './failure.ts';
import type { Observation, ProbeRequest } from './observation.ts';

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
      ...[
        '--output',
        '/dev/null',
        '--write-out',
        '%{http_code} %{time_namelookup} %{time_connect} %{time_total} %{local_port} %{local_ip}',
      ],
      ...(connect === undefined ? [] : ['--connect-to', `::${connect}:`]),
      ...(tls === undefined ? [] : TLS[tls]),
      ...(group === undefined ? [] : ['--curves', group]),
      ...(host === undefined ? [] : ['--header', `Host: ${host}`]),
      ...['--', url],
    ],
    { reject: false, stdin: 'ignore', timeout: timeoutMs + 5000 },
  );
  if (result.exitCode === undefined) return notRun(result.code, result.shortMessage);
  const [address = '', ...written] = result.stdout.split(' ').toReversed();
  const [port = 0, total = 0, connected = 0, lookup = 0, status = 0] = written.map(Number);
  const message = /^curl: \(\d+\) (.*)$/m.exec(result.stderr)?.[1] ?? '';
  // Of a connection that cannot be made, only the verbose log gives the reason.
  const reason = /^\* .*failed: (.*)$/m.exec(result.stderr)?.[1] ?? '';
  const failure = curlFailureOf(result.exitCode, `${message} ${reason}`.trim());
  return {
    failure,
    local: port > 0 ? formatEndpoint(address, port) : undefined,
    says: result.exitCode === 0 ? `HTTP ${status}` : `curl ${result.exitCode}: ${message}`,
    exit: result.exitCode,
    status: status === 0 ? undefined : status,
    connectMs: connected > 0 ? (connected - lookup) * 1000 : undefined,
    failedAfterMs: failure === null || connected === 0 ? undefined : (total - connected) * 1000,
  };
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
