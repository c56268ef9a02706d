import { execa } from 'execa';
import { notRun } from './not-run.ts';
import type { FailedAt, Observation, ProbeRequest } from './observation.ts';

/** The real `openssl s_client`, which must verify the server's chain and name. */
export async function probeOpenssl(request: ProbeRequest): Promise<Observation> {
  const { tls, group } = request;
  const { hostname, port } = new URL(request.url);
  const result = await execa(
    'openssl',
    [
      ...[
        's_client',
        `-${request.ip}`,
        '-connect',
        `${request.connect ?? hostname}:${port || 443}`,
      ],
      ...['-servername', hostname, '-verify_hostname', hostname, '-verify_return_error', '-state'],
      ...(tls === undefined ? [] : TLS[tls]),
      ...(group === undefined ? [] : ['-groups', group]),
    ],
    { reject: false, stdin: 'ignore', timeout: request.timeoutMs ?? 10_000, all: true },
  );
  if (result.exitCode === undefined && !result.timedOut) {
    return notRun(result, 'openssl', 'apt-get install openssl');
  }
  const said = lastWords(result.all);
  return {
    failure: failureOf(result.timedOut, result.exitCode, result.all),
    says: said,
    exit: result.exitCode,
    failedAt: failedAt(result.all),
  };
}

/** With -state, s_client tells at once how far it is; what it prints besides may never leave its buffer. */
function failedAt(output: string): FailedAt {
  if (/^SSL_connect:/m.test(output)) return 'tls_handshake';
  return /BIO_lookup_ex|Name or service not known|name resolution/.test(output)
    ? 'resolve'
    : 'connect';
}

function failureOf(timedOut: boolean, exit: number | undefined, output: string): string | null {
  if (timedOut) return 'generic_timeout_error';
  if (exit === 0 && /Verif(y return code: 0|ication: OK)/.test(output)) return null;
  if (/errno=104/.test(output)) return 'connection_reset';
  if (/unexpected eof/.test(output)) return 'eof_error';
  if (/connect:errno=111/.test(output)) return 'connection_refused';
  if (/verify error:num=10:/.test(output)) return 'ssl_invalid_certificate';
  if (/verify error:num=62:/.test(output)) return 'ssl_invalid_hostname';
  if (/verify error:num=(18|19|20|21):/.test(output)) return 'ssl_unknown_authority';
  if (/:SSL routines:/.test(output)) return 'ssl_failed_handshake';
  return `unknown_failure: openssl ${exit}: ${lastWords(output)}`;
}

/** The line that says how it ended: `write:errno=104`, `verify error:…`, `Verification: OK`. */
function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const telling = lines.find((line) =>
    /errno=|verify error|unexpected eof|:SSL routines:|^Verification: OK/.test(line),
  );
  return telling ?? lines.findLast((line) => line !== '') ?? '';
}

/** TLS 1.0 counts as too weak unless it is told. */
const TLS: Readonly<Record<NonNullable<ProbeRequest['tls']>, readonly string[]>> = {
  '1.0': ['-tls1', '-cipher', 'DEFAULT:@SECLEVEL=0'],
  '1.2': ['-tls1_2'],
  '1.3': ['-tls1_3'],
};
