import * as z from 'zod';
import { record } from './record.ts';
import { Failure, Query, TcpConnect, TlsHandshake } from './techniques.ts';
import { techniques, WebConnectivityData, WebVerdict } from './test-keys.ts';

/* One line of measurements.jsonl: df-000 of ooni/spec around the keys of one test. */

const Time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, { error: 'expected YYYY-MM-DD HH:MM:SS, in UTC' });
const Asn = z.string().regex(/^AS\d+$/, { error: 'expected AS and a number; AS0 if not known' });

const base = {
  annotations: z
    .record(z.string(), z.string())
    .describe('`public_networks`: networks that play the Internet here, with blanks between.'),
  data_format_version: z.literal('0.2.0'),
  extensions: z.record(z.string(), z.int().min(0)).describe('Formats that it has, with versions.'),
  id: z.string().optional(),
  input: z.string().nullable().describe('What was measured: a URL, for most tests.'),
  measurement_start_time: Time,
  options: z.array(z.string()).optional(),
  probe_asn: Asn,
  probe_cc: z.string().regex(/^[A-Z]{2}$/, { error: 'expected two capitals; ZZ if not known' }),
  probe_ip: z.string(),
  probe_network_name: z.string(),
  report_id: z.string().describe('Empty where no collector gave one.'),
  resolver_asn: Asn,
  resolver_ip: z.string(),
  resolver_network_name: z.string(),
  software_name: z.string(),
  software_version: z.string(),
  test_helpers: z.record(z.string(), z.unknown()).optional(),
  test_runtime: z.number().min(0).describe('Seconds.'),
  test_start_time: Time,
  test_version: z.string(),
};

const WebConnectivityKeys = record({ ...WebConnectivityData.shape, ...WebVerdict.shape });

/** What became of a handshake with one server name (ts-024). */
const SniResult = z.enum([
  'anomaly.test_helper_unreachable',
  'anomaly.timeout',
  'anomaly.unexpected_failure',
  'interference.closed',
  'interference.reset',
  'interference.invalid_certificate',
  'interference.unknown_authority',
  'success.got_server_hello',
]);

const SniSubresult = record({
  failure: Failure,
  network_events: techniques.network_events.nullable(),
  queries: techniques.queries.nullable().describe('Null where the helper is an address.'),
  requests: techniques.requests.nullable(),
  sni: z.string(),
  tcp_connect: techniques.tcp_connect.nullable(),
  th_address: z.string().describe('`HOST:PORT` of the helper.'),
  tls_handshakes: techniques.tls_handshakes.nullable(),
}).meta({ id: 'SniSubresult' });

const SniBlockingKeys = record({
  control: SniSubresult,
  result: SniResult,
  target: SniSubresult,
});

const TlsTrace = record({
  server_name: z.string(),
  iterations: z.array(record({ ttl: z.int().min(1).max(255), handshake: TlsHandshake })),
}).meta({ id: 'TlsTrace' });

const TlsMiddleboxKeys = record({
  queries: z.array(Query),
  tcp_connect: z.array(TcpConnect),
  iterative_trace: z.array(
    record({
      address: z.string().describe('`ADDRESS:PORT`'),
      control_trace: TlsTrace,
      target_trace: TlsTrace,
    }),
  ),
});

const UrlgetterKeys = record({
  agent: z.enum(['agent', 'redirect']),
  failed_operation: z.string().nullable().describe('`resolve`, `connect`, `tls_handshake`, …'),
  failure: Failure,
  ...techniques,
  socksproxy: z.string().nullable().optional(),
}).meta({ id: 'UrlgetterKeys' });

const TcpPingKeys = record({ pings: z.array(record({ tcp_connect: TcpConnect })) });

const DnsCheckKeys = record({
  domain: z.string().describe('What the resolver was asked for.'),
  bootstrap: UrlgetterKeys.nullable().describe("The lookup of the resolver's own name."),
  bootstrap_failure: Failure,
  lookups: z.record(z.string(), UrlgetterKeys).describe('By endpoint, as a URL.'),
});

const keysOf = {
  web_connectivity: WebConnectivityKeys,
  sni_blocking: SniBlockingKeys,
  tlsmiddlebox: TlsMiddleboxKeys,
  urlgetter: UrlgetterKeys,
  tcpping: TcpPingKeys,
  dnscheck: DnsCheckKeys,
};

export const Measurement = z.discriminatedUnion('test_name', [
  of('web_connectivity'),
  of('sni_blocking'),
  of('tlsmiddlebox'),
  of('urlgetter'),
  of('tcpping'),
  of('dnscheck'),
]);

/** With the keys of a test known by its name. */
function of<Name extends keyof typeof keysOf>(name: Name) {
  return record({ ...base, test_name: z.literal(name), test_keys: keysOf[name] });
}

export type Measurement = z.output<typeof Measurement>;
export type TestName = keyof typeof keysOf;
export type TestKeysOf<Name extends TestName> = z.output<(typeof keysOf)[Name]>;
