import { expect, test } from 'vitest';
import { analyzeWebConnectivity } from '../../src/ooni/analyze.ts';
import { readLegacySteps } from '../../src/ooni/legacy-steps.ts';
import type { RecordedKeys } from '../../src/ooni/recorded-keys.ts';
import { addresses, CONTROL_PAGE, NAME, PAGE, SITE, STRANGER } from '../support/measured.ts';

/* As probes before 0.5 wrote: no tags, no transactions, no times, what the control was asked is not there. */

const URL = `http://${NAME}/`;
const name = { engine: 'system', failure: null, hostname: NAME, query_type: 'A' };
const control = {
  tcp_connect: { [`${SITE}:80`]: { status: true, failure: null } },
  http_request: CONTROL_PAGE,
  dns: { failure: null, addrs: [SITE] },
};
const went = { ip: SITE, port: 80, status: { blocked: false, failure: null, success: true } };
const failed = {
  ...went,
  status: { blocked: true, failure: 'generic_timeout_error', success: false },
};
const page = { failure: null, request: { url: URL }, response: PAGE };

function legacy(part: Partial<RecordedKeys> = {}): RecordedKeys {
  return {
    queries: [
      { ...name, answers: addresses(SITE) },
      { ...name, query_type: 'AAAA', answers: null, failure: 'dns_no_answer' },
    ],
    ...{ tcp_connect: [went], requests: [page], control, control_failure: null },
    ...part,
  };
}

test.each([
  { claim: 'the same page is accessible', measured: legacy(), want: [false, true, 'consistent'] },
  {
    claim: 'a block page is an http-diff',
    measured: legacy({ requests: [{ ...page, response: { code: 200, body: 'no' } }] }),
    want: ['http-diff', false, 'consistent'],
  },
  {
    claim: 'connections that all failed are tcp_ip, as the request says nothing new',
    measured: legacy({
      tcp_connect: [failed],
      requests: [{ ...page, failure: 'generic_timeout_error', response: null }],
    }),
    want: ['tcp_ip', false, 'consistent'],
  },
  {
    claim: 'a request that failed after a connection is an http-failure',
    measured: legacy({ requests: [{ ...page, failure: 'connection_reset', response: null }] }),
    want: ['http-failure', false, 'consistent'],
  },
  {
    claim: 'a handshake that failed is an http-failure',
    measured: legacy({
      tls_handshakes: [{ address: `${SITE}:80`, failure: 'connection_reset', server_name: NAME }],
      requests: [{ failure: 'connection_reset', request: { url: `https://${NAME}/` } }],
    }),
    want: ['http-failure', false, 'consistent'],
  },
  {
    claim: 'a name that was not found is dns',
    measured: legacy({
      queries: [{ ...name, failure: 'dns_nxdomain_error', answers: null }],
      tcp_connect: [],
      requests: [{ ...page, failure: 'dns_nxdomain_error', response: null }],
    }),
    want: ['dns', false, 'inconsistent'],
  },
  ...['other.example', '', null].map((hostname) => ({
    claim: `a lookup of ${JSON.stringify(hostname)}, which is not the website's, accuses nobody`,
    measured: legacy({
      queries: [{ ...name, hostname, failure: 'dns_nxdomain_error', answers: null }],
      ...{ tcp_connect: [], requests: [] },
    }),
    want: [null, null, null],
  })),
  {
    claim: 'nor does it take the blame for a request that failed',
    measured: legacy({
      queries: [
        { ...name, hostname: 'other.example', failure: 'dns_nxdomain_error', answers: null },
      ],
      requests: [{ ...page, failure: 'connection_reset', response: null }],
    }),
    want: ['http-failure', false, null],
  },
  {
    claim: 'a lookup of the name that a redirect leads to is dns',
    measured: legacy({
      queries: [
        { ...name, answers: addresses(SITE) },
        { ...name, hostname: 'example.net', failure: 'dns_nxdomain_error', answers: null },
      ],
      requests: ['http://example.net/', URL].map((url) => ({
        ...{ request: { url }, failure: null },
        response: { ...PAGE, code: 302 },
      })),
    }),
    want: ['dns', false, 'consistent'],
  },
  {
    claim: 'a request without a URL that failed in DNS is the first, so it is of the website',
    measured: legacy({
      ...{ queries: [], tcp_connect: [] },
      requests: [{ failure: 'dns_nxdomain_error' }],
    }),
    want: ['dns', false, 'inconsistent'],
  },
  {
    claim: 'the last redirect comes first, and decides',
    measured: legacy({
      requests: [
        { failure: 'dns_nxdomain_error', request: { url: 'http://example.net/' } },
        { ...page, response: { ...PAGE, code: 302 } },
      ],
    }),
    want: ['dns', false, 'consistent'],
  },
  {
    claim: 'a redirect to a page over TLS is accessible',
    measured: legacy({
      requests: [
        { ...page, request: { url: `https://${NAME}/` } },
        { ...page, response: { ...PAGE, code: 301 } },
      ],
    }),
    want: [false, true, 'consistent'],
  },
  {
    claim: 'a control of which nothing came, empty though it is, is none',
    measured: legacy({
      control: { http_request: { failure: null, status_code: 0 }, dns: { addrs: null } },
      control_failure: 'generic_timeout_error',
    }),
    want: [null, null, null],
  },
  {
    claim: 'false for no failure is no failure',
    measured: legacy({ tcp_connect: [{ ...went, status: { failure: false } }] }),
    want: [false, true, 'consistent'],
  },
  {
    claim: 'a strange address takes the blame for a block page',
    measured: legacy({
      queries: [{ ...name, answers: addresses(STRANGER) }],
      requests: [{ ...page, response: { code: 200, body: 'no' } }],
    }),
    want: ['dns', false, 'inconsistent'],
  },
])('$claim', ({ measured, want }) => {
  const { verdict } = analyzeWebConnectivity(measured, { input: URL });
  expect([verdict.blocking, verdict.accessible, verdict.dns_consistency]).toEqual(want);
});

test('requests are of the redirect that their place says, the first request last', () => {
  const { reasons } = analyzeWebConnectivity(
    legacy({
      requests: [
        { failure: 'connection_reset', request: { url: 'http://example.net/' } },
        { ...page, response: { ...PAGE, code: 302 } },
      ],
    }),
    { input: URL },
  );
  expect(reasons[0]).toBe(
    'request for http://example.net/ after a redirect: connection_reset; the control got the page',
  );
});

test('of many handshakes each is of a connect of its own, whatever the spelling of the address', () => {
  const many = Array.from({ length: 4000 }, (_, i) => i % 3000);
  const steps = readLegacySteps(
    {
      tcp_connect: many.map((port) => ({ ip: '2001:db8::1', port, status: { failure: null } })),
      tls_handshakes: many.map((port) => ({ address: `[2001:DB8:0::1]:${port}`, failure: null })),
    },
    NAME,
  );
  expect(steps).toHaveLength(many.length);
  expect(new Set(steps.map(({ stage }) => stage))).toEqual(new Set(['tls']));
});

test.each<{
  ours: Record<string, string>;
  theirs: Record<string, string>;
  match: boolean;
}>([
  { ours: { Server: 'a', DATE: 'b' }, theirs: { server: 'c', date: 'd' }, match: true },
  { ours: {}, theirs: {}, match: true },
  { ours: { Server: 'a' }, theirs: { server: 'c', date: 'd' }, match: false },
  { ours: { 'X-Cache': 'a' }, theirs: { 'x-cache': 'b', date: 'd' }, match: true },
])('equal sets of header names match: $ours and $theirs, $match', ({ ours, theirs, match }) => {
  const measured = legacy({
    requests: [{ ...page, response: { ...PAGE, headers: ours } }],
    control: { ...control, http_request: { ...CONTROL_PAGE, headers: theirs } },
  });
  expect(analyzeWebConnectivity(measured, { input: URL }).verdict.headers_match).toBe(match);
});
