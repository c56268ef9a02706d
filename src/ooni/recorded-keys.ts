import * as z from 'zod';
import { listOf, recordOf } from './few-wrong.ts';

/*
 * What analysis reads of `test_keys`, of any version and of whoever wrote them: each list may be missing or null, and
 * so may nearly every field. Keys that it does not read are left out. What we write ourselves is in test-keys.ts.
 */

const Text = z.string().nullish();

/** Old probes wrote `false` where nothing failed (df-005). */
export const Failure = z.union([z.string(), z.literal(false)]).nullish();

const of = {
  tags: listOf(z.string()).nullish(),
  transaction_id: z.number().nullish(),
};

const RecordedBody = z.union([z.string(), z.object({ data: z.string() })]).nullish();
/** Only their names are read. */
const Headers = z.record(z.string(), z.unknown()).nullish();

const RecordedQuery = z.object({
  hostname: Text,
  engine: Text,
  query_type: Text,
  failure: Failure,
  resolver_address: Text,
  resolver_hostname: Text,
  answers: listOf(
    z.object({
      answer_type: Text,
      ipv4: Text,
      ipv6: Text,
      asn: z.number().nullish(),
    }),
  ).nullish(),
  ...of,
});

/** How a TCP connect came out. */
export const ConnectStatus = z.object({ failure: Failure, success: z.boolean().nullish() });

const RecordedConnect = z.object({
  ip: z.string(),
  port: z.number(),
  status: ConnectStatus,
  ...of,
});

export const RecordedHandshake = z.object({
  network: Text,
  address: Text,
  server_name: Text,
  cipher_suite: Text,
  no_tls_verify: z.boolean().nullish(),
  failure: Failure,
  ...of,
});

const RecordedTransaction = z.object({
  address: Text,
  failure: Failure,
  request: z.object({ url: Text }).nullish(),
  response: z
    .object({
      code: z.number().nullish(),
      body: RecordedBody,
      body_is_truncated: z.boolean().nullish(),
      headers: Headers,
    })
    .nullish(),
  ...of,
});

const ControlAttempt = z.object({ failure: Failure, status: z.boolean().nullish() });

const RecordedControl = z.object({
  tcp_connect: recordOf(ControlAttempt).nullish(),
  tls_handshake: recordOf(ControlAttempt.extend({ server_name: Text })).nullish(),
  http_request: z
    .object({
      body_length: z.number().nullish(),
      failure: Failure,
      title: Text,
      headers: Headers,
      status_code: z.number().nullish(),
    })
    .nullish(),
  dns: z.object({ failure: Failure, addrs: listOf(z.string()).nullish() }).nullish(),
  ip_info: recordOf(z.object({ asn: z.number().nullish() }).nullable()).nullish(),
});

export const RecordedKeys = z.object({
  queries: listOf(RecordedQuery).nullish(),
  tcp_connect: listOf(RecordedConnect).nullish(),
  tls_handshakes: listOf(RecordedHandshake).nullish(),
  requests: listOf(RecordedTransaction).nullish(),
  control: RecordedControl.nullish(),
  control_failure: Failure,
  x_control_request: z.object({ http_request: Text }).nullish(),
});

export type RecordedKeys = z.output<typeof RecordedKeys>;
export type RecordedQuery = z.output<typeof RecordedQuery>;
export type RecordedConnect = z.output<typeof RecordedConnect>;
export type RecordedHandshake = z.output<typeof RecordedHandshake>;
export type RecordedTransaction = z.output<typeof RecordedTransaction>;
export type RecordedControl = z.output<typeof RecordedControl>;
