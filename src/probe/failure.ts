/**
 * OONI's failure string (df-007) for an error of Node's sockets. A RST and a FIN both arrive as ECONNRESET; only the
 * RST names the system call it interrupted.
 */
export function failureOf(error: NodeJS.ErrnoException): string {
  const { code = '', syscall } = error;
  if (code === 'ECONNRESET') return syscall === undefined ? 'eof_error' : 'connection_reset';
  // Node calls a name without addresses ENOTFOUND too; libuv's number is another (UV_EAI_NODATA).
  if (code === 'ENOTFOUND' && error.errno === -3007) return 'dns_no_answer';
  if (/^ERR_SSL_|^EPROTO$/.test(code)) return FAILURES[code] ?? 'ssl_failed_handshake';
  return FAILURES[code] ?? `unknown_failure: ${error.message.split('\n')[0]}`;
}

/** OONI's failure string for what curl prints with this exit status (curl(1), EXIT CODES). */
export function curlFailureOf(exit: number, message: string): string | null {
  if (exit === 0) return null;
  if (/reset by peer/i.test(message)) return 'connection_reset';
  if (/refused/i.test(message)) return 'connection_refused';
  if (/network is unreachable/i.test(message)) return 'network_unreachable';
  if (/no route to host/i.test(message)) return 'host_unreachable';
  if (exit === 35 && /SSL_ERROR_SYSCALL|unexpected eof/i.test(message)) return 'eof_error';
  if (exit === 60 && /issuer certificate|self-signed|self signed/i.test(message)) {
    return 'ssl_unknown_authority';
  }
  if (exit === 60 && /subject (alternative )?name/i.test(message)) return 'ssl_invalid_hostname';
  return CURL_FAILURES[exit] ?? `unknown_failure: curl ${exit}: ${message}`;
}

/**
 * OONI's failure string for what dig printed, and what was read off it. It does not say why a transfer failed: name servers
 * refuse those that they do not grant.
 */
export function digFailureOf(
  { status, count, says }: { status: string | undefined; count: number; says: string },
  output: string,
): string | null {
  if (status === undefined && /^; Transfer failed\.$/m.test(output)) return 'dns_refused_error';
  if (status === undefined && count === 0) {
    const reason = DIG_COMPLAINTS.find(([words]) => words.test(output));
    return reason?.[1] ?? `unknown_failure: dig: ${says}`;
  }
  if (status !== undefined && status !== 'NOERROR')
    return DNS_FAILURES[status] ?? 'dns_server_misbehaving';
  return count === 0 ? 'dns_no_answer' : null;
}

/** Thrown when a probe's own clock runs out. */
export class ProbeTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

const FAILURES: Readonly<Record<string, string>> = {
  EPIPE: 'connection_reset',
  ECONNREFUSED: 'connection_refused',
  ECONNABORTED: 'connection_aborted',
  ETIMEDOUT: 'generic_timeout_error',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ENOTFOUND: 'dns_nxdomain_error',
  // OONI's probe has other names for these two on Windows alone (probe-cli, getaddrinfo_linux.go).
  EAI_AGAIN: 'dns_server_misbehaving',
  EAI_FAIL: 'dns_server_misbehaving',
  ERR_TLS_CERT_ALTNAME_INVALID: 'ssl_invalid_hostname',
  CERT_HAS_EXPIRED: 'ssl_invalid_certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'ssl_unknown_authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'ssl_unknown_authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'ssl_unknown_authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'ssl_unknown_authority',
  ERR_SSL_WRONG_VERSION_NUMBER: 'ssl_failed_handshake',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'ssl_failed_handshake',
};
/** 6 has no counterpart: curl does not say which way a name failed to resolve. */
const CURL_FAILURES: Readonly<Record<number, string>> = {
  18: 'eof_error',
  28: 'generic_timeout_error',
  35: 'ssl_failed_handshake',
  52: 'eof_error',
  56: 'eof_error',
  60: 'ssl_invalid_certificate',
};
const DIG_COMPLAINTS: readonly (readonly [RegExp, string])[] = [
  [/connection refused/, 'connection_refused'],
  [/network (is )?unreachable/, 'network_unreachable'],
  [/host (is )?unreachable/, 'host_unreachable'],
  [/timed out/, 'generic_timeout_error'],
  [/connection reset/, 'connection_reset'],
  [/end of file/, 'eof_error'],
];
/** By what dig calls an rcode; any other is `dns_server_misbehaving`. */
const DNS_FAILURES: Readonly<Record<string, string>> = {
  NXDOMAIN: 'dns_nxdomain_error',
  REFUSED: 'dns_refused_error',
  SERVFAIL: 'dns_servfail_error',
};
