import { describe, expect, test } from 'vitest';
import { analyzeWebConnectivity } from '../../src/ooni/analyze.ts';
import type { RecordedControl, RecordedKeys } from '../../src/ooni/recorded-keys.ts';

/* What was not measured is no evidence: neither does it accuse, nor does it acquit. */

const ADDRESS = '93.184.216.34';
const QUERY = {
  hostname: 'www.example.org',
  engine: 'getaddrinfo',
  query_type: 'ANY',
  failure: null,
  answers: [{ answer_type: 'A', ipv4: ADDRESS }],
  tags: ['depth=0'],
  transaction_id: 1,
};
const FAILED_QUERY = { ...QUERY, failure: 'dns_nxdomain_error', answers: null };
const CONNECT = {
  ip: ADDRESS,
  port: 443,
  status: { failure: null, success: true },
  tags: ['depth=0'],
  transaction_id: 2,
};
const HANDSHAKE = {
  address: `${ADDRESS}:443`,
  server_name: 'www.example.org',
  cipher_suite: 'TLS_AES_128_GCM_SHA256',
  failure: null,
  tags: ['depth=0'],
  transaction_id: 2,
};
const RESET = { ...HANDSHAKE, failure: 'connection_reset', cipher_suite: '' };
const EMPTY = { tcp_connect: [], tls_handshakes: [], requests: [] };
const NOTHING_OF_THE_FETCH =
  "no lookup and no connect of the page's own fetch has an outcome in the file";
const PAGE = { failure: null, status_code: 200, body_length: 1256, title: 'Example', headers: {} };
const FETCHED = {
  failure: null,
  address: `${ADDRESS}:443`,
  request: { url: 'https://www.example.org/' },
  response: { code: 200, body: 'x'.repeat(1256), headers: {} },
  tags: ['depth=0'],
  transaction_id: 2,
};

describe('a control that tried nothing is none', () => {
  test.each<{ control: RecordedControl | null | undefined }>([
    { control: undefined },
    { control: null },
    { control: {} },
    { control: { dns: null, tcp_connect: {}, tls_handshake: null, http_request: null } },
  ])('$control: a reset handshake is unknown, and DNS is not accused', ({ control }) => {
    const keys = { queries: [QUERY], tcp_connect: [CONNECT], tls_handshakes: [RESET], control };
    expect(verdictOf(keys)).toMatchObject({
      ...{ blocking: null, accessible: null, dns_consistency: null },
      ...{ x_blocking_flags: 0, x_dns_flags: 0, x_null_null_flags: 0 },
    });
  });
});

describe('a lookup that the control did not make, or that its resolver failed, says nothing of the name', () => {
  test.each<{ dns: RecordedControl['dns'] }>([
    { dns: undefined },
    { dns: null },
    { dns: {} },
    { dns: { failure: null, addrs: null } },
    { dns: { failure: 'dns_server_failure', addrs: [] } },
    { dns: { failure: 'generic_timeout_error', addrs: [] } },
    { dns: { failure: 'unknown_error', addrs: [] } },
    { dns: { failure: 'dns_servfail_error', addrs: [] } },
    { dns: { failure: 'dns_non_recoverable_failure', addrs: [] } },
    { dns: { failure: 'dns_reply_with_wrong_query_id', addrs: null } },
    { dns: { failure: 'dns_bogon_error', addrs: [] } },
    { dns: { failure: 'dns_lookup_error', addrs: [] } },
    { dns: { failure: 'a foreign one', addrs: [ADDRESS] } },
  ])('$dns', ({ dns }) => {
    const asked = { tcp_connect: [CONNECT], tls_handshakes: [RESET] };
    const found = verdictOf({ queries: [QUERY], ...asked, control: { dns, http_request: PAGE } });
    expect(found).toMatchObject({ dns_consistency: null, blocking: 'http-failure' });
    expect(found.x_null_null_flags).toBe(0);
    const failed = verdictOf({ queries: [FAILED_QUERY], control: { dns, tcp_connect: TRIED } });
    expect(failed).toMatchObject({ dns_consistency: null, blocking: null, accessible: null });
  });
});

describe('a lookup of the control that denies the name is evidence', () => {
  test.each<{ dns: RecordedControl['dns'] }>([
    { dns: { failure: 'dns_name_error', addrs: [] } },
    { dns: { failure: 'dns_nxdomain_error', addrs: null } },
    { dns: { failure: 'dns_no_answer', addrs: [] } },
    { dns: { failure: 'android_dns_cache_no_data', addrs: null } },
    { dns: { failure: null, addrs: [] } },
  ])('$dns', ({ dns }) => {
    const found = verdictOf({ queries: [QUERY], control: { dns, http_request: PAGE } });
    expect(found).toMatchObject({ dns_consistency: 'inconsistent', x_null_null_flags: 16 });
    expect(found.x_blocking_flags).toBe(0);
  });
});

test.each<{ queries: RecordedKeys['queries'] }>([
  { queries: undefined },
  { queries: null },
  { queries: [] },
  { queries: [{ ...QUERY, answers: null }] },
  { queries: [{ ...QUERY, answers: [] }] },
])('lookups that were not made, or brought nothing ($queries), accuse nobody', ({ queries }) => {
  const control = { dns: { failure: null, addrs: [ADDRESS] }, http_request: PAGE };
  expect(verdictOf({ queries, control })).toMatchObject({
    ...{ dns_consistency: null, blocking: null, accessible: null },
    ...{ x_blocking_flags: 0, x_dns_flags: 0 },
  });
});

test.each<{ page: RecordedControl['http_request'] }>([
  { page: undefined },
  { page: null },
  { page: {} },
  { page: { failure: null } },
  { page: { failure: null, status_code: 0, body_length: 0 } },
  { page: { failure: null, status_code: -1, body_length: -1, title: '', headers: {} } },
])('a page that the control did not fetch ($page) is compared with nothing', ({ page }) => {
  const reset = { failure: 'connection_reset', request: FETCHED.request };
  const http = { ...FETCHED, address: `${ADDRESS}:80` };
  const port80 = { ...CONNECT, port: 80 };
  const base = { queries: [QUERY], tcp_connect: [port80] };
  const control = { dns: { failure: null, addrs: [ADDRESS] }, http_request: page };
  const failed = verdictOf({ ...base, requests: [{ ...http, ...reset }], control });
  expect(failed).toMatchObject({ blocking: null, accessible: null, x_blocking_flags: 0 });
  const came = verdictOf({ ...base, requests: [http], control });
  expect(came).toMatchObject({ blocking: null, accessible: null, x_blocking_flags: 0 });
});

test.each<{ attempt: { failure?: string | null; status?: boolean } }>([
  { attempt: {} },
  { attempt: { failure: null, status: false } },
])('an attempt of the control that tells no outcome ($attempt) is none', ({ attempt }) => {
  const refused = { ...CONNECT, status: { failure: 'connection_refused', success: false } };
  const control = { dns: { failure: null, addrs: [ADDRESS] } };
  const tcp = verdictOf({
    ...{ queries: [QUERY], tcp_connect: [refused] },
    control: { ...control, tcp_connect: { [`${ADDRESS}:443`]: attempt } },
  });
  expect(tcp).toMatchObject({ blocking: null, accessible: null, x_blocking_flags: 0 });
  const own = { ...attempt, server_name: 'www.example.org' };
  const tls = verdictOf({
    ...{ queries: [QUERY], tcp_connect: [CONNECT], tls_handshakes: [RESET] },
    control: { ...control, tls_handshake: { [`${ADDRESS}:443`]: own } },
  });
  expect(tls).toMatchObject({ blocking: null, accessible: null, x_blocking_flags: 0 });
});

test('a handshake in which nobody looked at the certificate proves nothing', () => {
  const keys = { queries: [QUERY], tcp_connect: [CONNECT], requests: [FETCHED] };
  const verified = verdictOf({ ...keys, tls_handshakes: [HANDSHAKE] });
  expect(verified).toMatchObject({ blocking: false, accessible: true });
  const unverified = { ...HANDSHAKE, no_tls_verify: true };
  const found = verdictOf({ ...keys, tls_handshakes: [unverified] });
  expect(found).toMatchObject({ blocking: null, accessible: null });
});

test('a handshake that tells no outcome is none', () => {
  const { failure, cipher_suite, ...rest } = HANDSHAKE;
  const keys = { queries: [QUERY], tcp_connect: [CONNECT], requests: [FETCHED] };
  expect(verdictOf({ ...keys, tls_handshakes: [rest] })).toMatchObject({ blocking: null });
});

/* Some files leave out keys that the format has. */
const UNTAGGED = { hostname: 'www.example.org', query_type: 'A', failure: null };
const OWN = { ...UNTAGGED, answers: [{ answer_type: 'A', ipv4: ADDRESS }] };
const NOT_FOUND = { ...UNTAGGED, failure: 'dns_nxdomain_error', answers: null };
const TIMED_OUT = {
  ...{ ip: ADDRESS, port: 80 },
  status: { failure: 'generic_timeout_error', success: false },
};
const GOT = {
  dns: { failure: null, addrs: [ADDRESS] },
  tcp_connect: { [`${ADDRESS}:80`]: { failure: null, status: true } },
  http_request: PAGE,
};
const BY_TCP = { blocking: 'tcp_ip', accessible: false, x_blocking_flags: 2 };
const BY_DNS = { blocking: 'dns', accessible: false, x_blocking_flags: 1 };

test.each<{ claim: string; keys: RecordedKeys; want: object }>([
  { claim: 'no engine', keys: { queries: [NOT_FOUND] }, want: BY_DNS },
  { claim: 'no engine, and empty lists', keys: { queries: [NOT_FOUND], ...EMPTY }, want: BY_DNS },
  { claim: 'an empty engine', keys: { queries: [{ ...NOT_FOUND, engine: '' }] }, want: BY_DNS },
  { claim: 'no requests', keys: { queries: [OWN], tcp_connect: [TIMED_OUT] }, want: BY_TCP },
  { claim: 'no lookups', keys: { tcp_connect: [TIMED_OUT], requests: [] }, want: BY_TCP },
  {
    claim: 'lookups that are null',
    keys: { queries: null, tcp_connect: [TIMED_OUT] },
    want: BY_TCP,
  },
  {
    claim: 'tags, but no engine',
    keys: { queries: [{ ...NOT_FOUND, tags: ['depth=0'] }] },
    want: BY_DNS,
  },
])('a file with $claim has the verdict that its steps come to', ({ keys, want }) => {
  expect(verdictOf({ ...keys, control: GOT })).toMatchObject(want);
});

test.each([
  { resolver_address: '8.8.8.8:53' },
  { resolver_hostname: '8.8.8.8' },
  { engine: 'udp' },
])('a lookup of another resolver (%j) is flagged, and said not to decide', (of) => {
  const { verdict, reasons } = analysisOf({ queries: [{ ...NOT_FOUND, ...of }], control: GOT });
  expect(verdict).toMatchObject({ blocking: null, x_blocking_flags: 1 });
  expect(reasons[0]).toBe(NOTHING_OF_THE_FETCH);
});

test.each<RecordedKeys>([
  {},
  EMPTY,
  { requests: null, control: null },
  { queries: [{ ...UNTAGGED, query_type: 'AAAA', failure: 'dns_no_answer' }], control: GOT },
  { queries: [UNTAGGED], control: GOT },
])('where nothing was recorded, nothing is said to have gone well (%#)', (keys) => {
  expect(analysisOf(keys).reasons).toEqual([NOTHING_OF_THE_FETCH]);
});

const TRIED = { [`${ADDRESS}:80`]: { failure: null, status: true } };

function verdictOf(keys: RecordedKeys) {
  return analysisOf(keys).verdict;
}

function analysisOf(keys: RecordedKeys) {
  return analyzeWebConnectivity(keys, { input: 'https://www.example.org/' });
}
