import * as z from 'zod';
import { record } from './record.ts';
import {
  Failure,
  HttpTransaction,
  NetworkEvent,
  Query,
  TcpConnect,
  TlsHandshake,
} from './techniques.ts';

const Endpoint = z.string().describe('`ADDRESS:PORT`');

export const techniques = {
  queries: z.array(Query),
  tcp_connect: z.array(TcpConnect),
  tls_handshakes: z.array(TlsHandshake),
  requests: z.array(HttpTransaction).describe('Last redirect first.'),
  network_events: z.array(NetworkEvent),
};

/** What the control is asked (ts-017). */
export const ControlRequest = record({
  http_request: z.string(),
  http_request_headers: z.record(z.string(), z.array(z.string())),
  x_quic_enabled: z.boolean().optional(),
  tcp_connect: z.array(Endpoint),
});

const ControlAttempt = z.strictObject({ status: z.boolean(), failure: Failure });

/** What the control saw (ts-017); -1 stands for a length or a status that there is none of. */
export const ControlResponse = record({
  tcp_connect: z.record(Endpoint, ControlAttempt),
  tls_handshake: z.record(Endpoint, ControlAttempt.extend({ server_name: z.string() })),
  quic_handshake: z.record(Endpoint, z.never()),
  http_request: z.strictObject({
    body_length: z.int().min(-1),
    discovered_h3_endpoint: z.string(),
    failure: Failure,
    title: z.string(),
    headers: z.record(z.string(), z.string()),
    status_code: z.int().min(-1),
  }),
  http3_request: z.null(),
  dns: z.strictObject({ failure: Failure, addrs: z.array(z.string()) }),
  ip_info: z.record(z.string(), z.strictObject({ asn: z.int(), flags: z.int() })),
});

const Consistency = z.enum(['consistent', 'inconsistent']);
const Blocking = z.union([
  z.enum(['dns', 'tcp_ip', 'http-failure', 'http-diff']),
  z.literal(false),
]);

/** Of web_connectivity (ts-017): what was seen. */
export const WebConnectivityData = record({
  agent: z.literal('redirect'),
  client_resolver: z.string(),
  retries: z.null(),
  socksproxy: z.null(),
  ...techniques,
  x_dns_duplicate_responses: z.array(Query),
  x_control_request: ControlRequest,
  control: ControlResponse.nullable(),
  control_failure: Failure,
});

/** Of web_connectivity: what was made of it, by the order that is documented. */
export const WebVerdict = z.strictObject({
  dns_experiment_failure: Failure,
  dns_consistency: Consistency.nullable(),
  http_experiment_failure: Failure,
  x_dns_flags: z.int().min(0).max(7),
  x_blocking_flags: z.int().min(0).max(63),
  x_null_null_flags: z.int().min(0).max(31),
  body_proportion: z.number().min(0).max(1),
  body_length_match: z.boolean().nullable(),
  headers_match: z.boolean().nullable(),
  status_code_match: z.boolean().nullable(),
  title_match: z.boolean().nullable(),
  blocking: Blocking.nullable(),
  accessible: z.boolean().nullable(),
});

export type Techniques = {
  readonly [Key in keyof typeof techniques]: z.output<(typeof techniques)[Key]>;
};
export type ControlRequest = z.output<typeof ControlRequest>;
export type ControlResponse = z.output<typeof ControlResponse>;
export type WebConnectivityData = z.output<typeof WebConnectivityData>;
export type WebVerdict = z.output<typeof WebVerdict>;
