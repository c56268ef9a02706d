import type { Measurement, TestKeysOf, TestName } from '../../src/ooni/measurement.ts';

/* Whole measurements as Chokepoint writes them. */

const when = { t0: 0.1, t: 0.2, tags: ['classic', 'depth=0'], transaction_id: 1 };

const query = {
  answers: [{ answer_type: 'A', ipv4: '198.18.3.2', asn: 64500, as_org_name: 'lab', ttl: 60 }],
  ...{ engine: 'getaddrinfo' as const, failure: null, hostname: 'example.org', query_type: 'ANY' },
  ...{ resolver_hostname: null, resolver_port: null, resolver_address: '' },
  ...when,
};

const connect = {
  ...{ ip: '198.18.3.2', port: 443, status: { failure: null, success: true } },
  ...when,
};

const handshake = {
  ...{ network: 'tcp' as const, address: '198.18.3.2:443', cipher_suite: '', tls_version: '' },
  ...{ failure: 'connection_reset', negotiated_protocol: '', no_tls_verify: false },
  ...{ peer_certificates: [], server_name: 'example.org', outer_server_name: '', echconfig: '' },
  ...when,
};

const request = {
  ...{ network: 'tcp' as const, address: '198.18.3.2:80', alpn: '', failure: null },
  request: {
    ...{ url: 'http://example.org/', method: 'GET', body: '', body_is_truncated: false },
    ...{ headers: { Accept: '*/*' }, headers_list: [['Accept', '*/*']] as [string, string][] },
    ...{ tor: { exit_ip: null, exit_name: null, is_tor: false }, x_transport: 'tcp' },
  },
  response: {
    ...{ code: 200, body: { format: 'base64' as const, data: '/////w==' } },
    ...{ body_is_truncated: false, headers: {}, headers_list: [] },
  },
  ...when,
};

const event = {
  ...{ address: '198.18.3.2:443', failure: null, num_bytes: 517 },
  ...{ operation: 'write' as const, proto: 'tcp' as const },
  ...when,
};

const seen = {
  ...{ queries: [query], tcp_connect: [connect], tls_handshakes: [handshake] },
  ...{ requests: [request], network_events: [event] },
};

const urlgetter = {
  ...seen,
  ...{ agent: 'redirect' as const, failed_operation: null, failure: null, socksproxy: null },
};

const sni = { failure: null, sni: 'example.org', th_address: '198.18.3.2:443', ...seen };
const trace = { server_name: 'example.org', iterations: [{ ttl: 1, handshake }] };

const attempt = { status: true, failure: null };

const KEYS: { readonly [Name in TestName]: TestKeysOf<Name> } = {
  web_connectivity: {
    ...seen,
    ...{ agent: 'redirect', client_resolver: '198.18.1.53', retries: null, socksproxy: null },
    x_dns_duplicate_responses: [],
    x_control_request: {
      http_request: 'https://example.org/',
      http_request_headers: { Accept: ['*/*'] },
      tcp_connect: ['198.18.3.2:443'],
    },
    control: {
      tcp_connect: { '198.18.3.2:443': attempt },
      tls_handshake: { '198.18.3.2:443': { ...attempt, server_name: 'example.org' } },
      quic_handshake: {},
      http_request: {
        ...{ body_length: 4, discovered_h3_endpoint: '', failure: null, title: '' },
        ...{ headers: {}, status_code: 200 },
      },
      http3_request: null,
      dns: { failure: null, addrs: ['198.18.3.2'] },
      ip_info: { '198.18.3.2': { asn: 64500, flags: 0 } },
    },
    control_failure: null,
    ...{ dns_experiment_failure: null, dns_consistency: 'consistent' },
    ...{ http_experiment_failure: 'connection_reset', x_dns_flags: 0 },
    ...{ x_blocking_flags: 4, x_null_null_flags: 0, body_proportion: 0, body_length_match: null },
    ...{ headers_match: null, status_code_match: null, title_match: null },
    ...{ blocking: 'http-failure', accessible: false },
  },
  sni_blocking: { control: sni, target: sni, result: 'interference.reset' },
  tlsmiddlebox: {
    ...{ queries: [query], tcp_connect: [connect] },
    iterative_trace: [{ address: '198.18.3.2:443', control_trace: trace, target_trace: trace }],
  },
  urlgetter,
  tcpping: { pings: [{ tcp_connect: connect }] },
  dnscheck: {
    ...{ domain: 'example.org', bootstrap: null, bootstrap_failure: null },
    lookups: { 'udp://198.18.1.53:53': urlgetter },
  },
};

export const TEST_NAMES = Object.keys(KEYS) as TestName[];

export function measurement(test_name: TestName = 'web_connectivity'): Measurement {
  const measured = {
    annotations: { public_networks: '198.18.0.0/15 2001:db8::/32' },
    data_format_version: '0.2.0',
    extensions: { dnst: 0 },
    input: 'https://example.org/',
    measurement_start_time: '2017-03-27 00:00:01',
    ...{ probe_asn: 'AS29049', probe_cc: 'AZ', probe_ip: '127.0.0.1', probe_network_name: 'lab' },
    report_id: '',
    ...{ resolver_asn: 'AS0', resolver_ip: '198.18.1.53', resolver_network_name: 'lab' },
    ...{ software_name: 'chokepoint', software_version: '0.1.0' },
    ...{ test_name, test_keys: KEYS[test_name] },
    ...{ test_runtime: 0.4, test_start_time: '2017-03-27 00:00:00', test_version: '0.5.28' },
  };
  return structuredClone(measured) as Measurement;
}
