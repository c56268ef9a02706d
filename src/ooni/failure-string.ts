import { z } from 'zod';

/** What went wrong, by OONI's names (ooni/spec, df-007-errors.md); what has none begins with `unknown_failure`. */
const FAILURES = [
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
] as const;

export const FailureString = z.union([
  z.enum(FAILURES),
  z.string().regex(/^unknown_failure\b/, { error: 'expected a failure string of df-007' }),
]);
