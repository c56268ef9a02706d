import { nearest } from '../base/nearest.ts';

/** What is wrong with this name of a failure, if something is. */
export function failureNameError(name: string): string | undefined {
  if (NAMES.has(name) || name.startsWith(UNKNOWN)) return undefined;
  const near = nearest(name, NAMES);
  const hint = near === undefined ? `one of ${[...NAMES].join(', ')}` : `the nearest is "${near}"`;
  return `expected a failure as OONI calls it, or null if nothing goes wrong; found "${name}"; ${hint}`;
}

/** Before what has no name of its own. */
const UNKNOWN = 'unknown_failure';

/** OONI's data format df-007, "errors". */
const NAMES: ReadonlySet<string> = new Set([
  'connection_aborted',
  'connection_already_closed',
  'connection_refused',
  'connection_reset',
  'dns_bogon_error',
  'dns_no_answer',
  'dns_non_recoverable_failure',
  'dns_nxdomain_error',
  'dns_refused_error',
  'dns_reply_with_wrong_query_id',
  'dns_server_misbehaving',
  'dns_servfail_error',
  'dns_temporary_failure',
  'eof_error',
  'generic_timeout_error',
  'host_unreachable',
  'http_invalid_redirect_location_host',
  'http_request_failed',
  'http_unexpected_redirect_url',
  'http_unexpected_status_code',
  'interrupted',
  'json_parse_error',
  'network_down',
  'network_reset',
  'network_unreachable',
  'quic_incompatible_version',
  'ssl_failed_handshake',
  'ssl_invalid_certificate',
  'ssl_invalid_hostname',
  'ssl_unknown_authority',
  'android_dns_cache_no_data',
]);
