import * as z from 'zod';
import { FailureString } from './failure-string.ts';
import { record } from './record.ts';

/* What a measurement is made of: one entry for each operation. Sources: ooni/spec, data-formats df-001 to df-008. */

export const Failure = FailureString.nullable();

/** Seconds since the measurement began, by a clock that never goes back. */
const Seconds = z.number().min(0);

/** `t`: when it ended, whether well or not; `t0`: when it began. */
const when = { t0: Seconds, t: Seconds };

const of = {
  tags: z.array(z.string()).describe('`classic`, `depth=N`, `fetch_body=true`, …'),
  transaction_id: z.int().min(0).describe('The same for all that belongs to one endpoint.'),
};

/** Text, or the base64 of bytes that are not UTF-8. */
export const MaybeBinary = z.union([
  z.string(),
  z.strictObject({ format: z.literal('base64'), data: z.base64() }),
]);

const Certificate = z.strictObject({ format: z.literal('base64'), data: z.base64() });

export const DnsAnswer = record({
  answer_type: z.string().describe('`A`, `AAAA`, `CNAME`, …'),
  asn: z.int().min(0).optional(),
  as_org_name: z.string().optional(),
  ipv4: z.ipv4().optional(),
  ipv6: z.ipv6().optional(),
  hostname: z.string().optional(),
  ttl: z.int().min(0).nullable(),
}).meta({ id: 'DnsAnswer' });

export const Query = record({
  answers: z.array(DnsAnswer).nullable(),
  engine: z.enum(['getaddrinfo', 'udp', 'tcp', 'doh']),
  failure: Failure,
  getaddrinfo_error: z.int().optional(),
  hostname: z.string(),
  query_type: z.string().describe('`A`, `AAAA`, or `ANY` where getaddrinfo asks for both.'),
  raw_response: z.base64().optional(),
  rcode: z.int().min(0).optional(),
  resolver_hostname: z.null(),
  resolver_port: z.null(),
  resolver_address: z.string().describe('`ADDRESS:PORT`, or a URL; empty if it is not known.'),
  ...when,
  ...of,
}).meta({ id: 'Query' });

export const TcpConnect = record({
  ip: z.string(),
  port: z.int().min(0).max(65_535),
  status: z.strictObject({ failure: Failure, success: z.boolean() }),
  ...when,
  ...of,
}).meta({ id: 'TcpConnect' });

export const TlsHandshake = record({
  network: z.literal('tcp'),
  address: z.string(),
  cipher_suite: z.string().describe('Empty if there was none.'),
  failure: Failure,
  so_error: Failure.optional().describe('What the socket says of itself afterwards.'),
  negotiated_protocol: z.string(),
  no_tls_verify: z.boolean(),
  peer_certificates: z.array(Certificate),
  server_name: z.string(),
  outer_server_name: z.string(),
  echconfig: z.string(),
  tls_version: z.string(),
  ...when,
  ...of,
}).meta({ id: 'TlsHandshake' });

export const NetworkEvent = record({
  address: z.string().optional(),
  failure: Failure,
  num_bytes: z.int().min(0).optional(),
  operation: z.enum([
    'connect',
    'read',
    'write',
    'read_from',
    'write_to',
    'bytes_received_cumulative',
    'tls_handshake_start',
    'tls_handshake_done',
    'http_transaction_start',
    'http_transaction_done',
    'resolve_start',
    'resolve_done',
  ]),
  proto: z.enum(['tcp', 'udp']).optional(),
  ...when,
  ...of,
}).meta({ id: 'NetworkEvent' });

const Headers = z.record(z.string(), MaybeBinary);
const HeadersList = z.array(z.tuple([z.string(), MaybeBinary]));

/** One HTTP request. In a measurement's list the last one comes first. */
export const HttpTransaction = record({
  network: z.literal('tcp'),
  address: z.string(),
  alpn: z.string(),
  failure: Failure,
  request: record({
    url: z.string(),
    method: z.string(),
    headers: Headers,
    headers_list: HeadersList,
    body: z.string(),
    body_is_truncated: z.boolean(),
    tor: z.strictObject({
      exit_ip: z.string().nullable(),
      exit_name: z.string().nullable(),
      is_tor: z.boolean(),
    }),
    x_transport: z.string(),
  }),
  response: record({
    code: z.int().min(0).describe('0 if there was no response.'),
    headers: Headers,
    headers_list: HeadersList,
    body: MaybeBinary,
    body_is_truncated: z.boolean(),
  }),
  ...when,
  ...of,
}).meta({ id: 'HttpTransaction' });

export type DnsAnswer = z.output<typeof DnsAnswer>;
export type Query = z.output<typeof Query>;
export type TcpConnect = z.output<typeof TcpConnect>;
export type TlsHandshake = z.output<typeof TlsHandshake>;
export type NetworkEvent = z.output<typeof NetworkEvent>;
export type HttpTransaction = z.output<typeof HttpTransaction>;
export type MaybeBinary = z.output<typeof MaybeBinary>;
