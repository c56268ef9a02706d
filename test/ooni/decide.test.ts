import { expect, test } from 'vitest';
import { analyzeWebConnectivity } from '../../src/ooni/analyze.ts';
import type { RecordedKeys } from '../../src/ooni/recorded-keys.ts';
import {
  addresses,
  CONTROL_PAGE,
  cleartextKeys,
  connect,
  control,
  handshake,
  keys,
  NAME,
  PAGE,
  query,
  request,
  SITE,
  STRANGER,
} from '../support/measured.ts';

/* One row for each step of the documented order (ts-017). */

const V6 = '2606:2800:220:1:248:1893:25c8:1946';
const AFTER = ['classic', 'depth=1', 'fetch_body=true'];
const BLOCK_PAGE = { code: 200, body: '<title>Denied</title>', headers: {} };
const failed = { status: false, failure: 'connection_refused' };
const noPage = { ...CONTROL_PAGE, failure: 'connection_reset', status_code: -1, body_length: -1 };

interface Row {
  readonly claim: string;
  readonly measured: RecordedKeys;
  readonly want: {
    readonly blocking: unknown;
    readonly accessible: boolean | null;
    readonly failure?: string | null;
  };
  /** In the first reason. */
  readonly because: string;
}

const UNKNOWN = { blocking: null, accessible: null };
const OPEN = { blocking: false, accessible: true };
const DOWN = { blocking: false, accessible: false };
const blocked = (blocking: string, failure: string | null = null) => ({
  ...{ blocking, failure },
  accessible: false,
});

test.each<Row>([
  {
    claim: 'a final response over TLS is the true one, whatever the control saw',
    measured: keys({ requests: [request({ response: { ...PAGE, code: 403 } })] }),
    want: OPEN,
    because: 'status 403; it came over TLS',
  },
  {
    claim: 'a final response over TLS needs no control',
    measured: keys({ control: null, control_failure: 'connection_reset' }),
    want: OPEN,
    because: 'it came over TLS',
  },
  {
    claim: 'a final response without TLS tells nothing without a control',
    measured: cleartextKeys({ control: null, control_failure: 'connection_reset' }),
    want: UNKNOWN,
    because: 'the control failed (connection_reset): nothing to compare with',
  },
  {
    claim: 'a control that fetched no page is there, but has nothing to compare a page with',
    measured: cleartextKeys({
      control: control({ http_request: { failure: null, status_code: 0, body_length: -1 } }),
    }),
    want: UNKNOWN,
    because: 'status 200; the control has no page to compare with',
  },
  {
    claim: 'a final response without TLS like that of the control is the true one',
    measured: cleartextKeys(),
    want: OPEN,
    because: 'same: status, body length (1.00), uncommon headers, title',
  },
  {
    claim: 'a final response without TLS that differs is an http-diff',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, response: BLOCK_PAGE })],
    }),
    want: blocked('http-diff'),
    because: 'different: body length (0.26), uncommon headers, title',
  },
  {
    claim: 'a page that the control did not get is compared with nothing',
    measured: cleartextKeys({ control: control({ http_request: noPage }) }),
    want: UNKNOWN,
    because: 'status 200; the control did not get the page (connection_reset)',
  },
  {
    claim: 'where a strange address has a page that the control did not get, DNS takes the blame',
    measured: cleartextKeys({
      queries: [query({ answers: addresses(STRANGER) })],
      tcp_connect: [connect({ ip: STRANGER, port: 80 })],
      control: control({ http_request: noPage }),
    }),
    want: blocked('dns'),
    because: 'the control did not get the page (connection_reset)',
  },
  {
    claim:
      'a page that has nothing in common with that of the control is an http-diff, as with OONI',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, response: { code: 503 } })],
      control: control({ http_request: { failure: null, status_code: -1, body_length: 9 } }),
    }),
    want: blocked('http-diff'),
    because: "nothing shows that it is the control's (not comparable: status, body length, ",
  },
  {
    claim: 'a response of which the file has the status alone is not known to be another page',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, response: { code: 200 } })],
    }),
    want: UNKNOWN,
    because: "nothing shows that it is the control's (same: status; not comparable: body length, ",
  },
  {
    claim: 'nor is it where the control has a status alone',
    measured: cleartextKeys({
      control: control({ http_request: { failure: null, status_code: 200 } }),
    }),
    want: UNKNOWN,
    because: "nothing shows that it is the control's (same: status; not comparable: body length, ",
  },
  {
    claim: 'nor where the control has but a length, and it is the same',
    measured: cleartextKeys({
      control: control({ http_request: { failure: null, body_length: PAGE.body.length } }),
    }),
    want: UNKNOWN,
    because: "nothing shows that it is the control's (same: body length (1.00); not comparable: ",
  },
  {
    claim: 'nor where the control lacks its status alone',
    measured: cleartextKeys({
      control: control({ http_request: { ...CONTROL_PAGE, status_code: undefined } }),
    }),
    want: UNKNOWN,
    because: "nothing shows that it is the control's (same: body length (1.00); not comparable: ",
  },
  {
    claim: 'headers that are there, but empty, are not those of the control',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, response: { code: 200, headers: {} } })],
    }),
    want: blocked('http-diff'),
    because: 'different: uncommon headers',
  },
  {
    claim: 'a request that only the probe failed at is an http-failure',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, failure: 'connection_reset' })],
    }),
    want: blocked('http-failure', 'connection_reset'),
    because: `request for http://${NAME}/ to ${SITE}:80: connection_reset; the control got the page`,
  },
  {
    claim: 'a request that the control failed at too means that the site is down',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, failure: 'eof_error' })],
      control: control({ http_request: noPage }),
    }),
    want: { ...DOWN, failure: 'eof_error' },
    because: 'eof_error; the control failed too (connection_reset)',
  },
  {
    claim: 'a failed request tells nothing without a control',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, failure: 'eof_error' })],
      control: null,
    }),
    want: { ...UNKNOWN, failure: 'eof_error' },
    because: 'there is no control',
  },
  {
    claim: 'a handshake that only the probe failed at is an http-failure',
    measured: keys({
      tls_handshakes: [handshake({ failure: 'connection_reset' })],
      requests: [],
    }),
    want: blocked('http-failure', 'connection_reset'),
    because: `TLS handshake with ${SITE}:443 for ${NAME}: connection_reset; the control completed it`,
  },
  {
    claim: 'a handshake that the control failed at too means that the site is down',
    measured: keys({
      tls_handshakes: [handshake({ failure: 'ssl_invalid_hostname' })],
      requests: [],
      control: control({
        tls_handshake: {
          [`${SITE}:443`]: { failure: 'ssl_invalid_hostname', server_name: NAME },
        },
      }),
    }),
    want: { ...DOWN, failure: 'ssl_invalid_hostname' },
    because: 'the control failed too (ssl_invalid_hostname)',
  },
  {
    claim: 'a handshake that the control made with another name is none to compare with',
    measured: keys({
      tls_handshakes: [handshake({ failure: 'eof_error' })],
      requests: [],
      control: control({
        tls_handshake: { [`${SITE}:443`]: { failure: 'eof_error', server_name: 'example.net' } },
      }),
    }),
    want: blocked('http-failure', 'eof_error'),
    because: 'the control did not try it, and got the page',
  },
  {
    claim: 'a handshake behind a redirect fails alone if the control got the page',
    measured: keys({
      tcp_connect: [connect(), connect({ ip: '9.9.9.9', tags: AFTER, transaction_id: 20 })],
      tls_handshakes: [
        handshake(),
        handshake({
          ...{ address: '9.9.9.9:443', server_name: 'example.net', transaction_id: 20 },
          ...{ tags: AFTER, failure: 'generic_timeout_error' },
        }),
      ],
      requests: [request({ response: { code: 302, body: '', headers: {} } })],
    }),
    want: blocked('http-failure', 'generic_timeout_error'),
    because: 'for example.net after a redirect: generic_timeout_error; the control did not try it',
  },
  {
    claim: 'a handshake behind a redirect to where the control did not get either is no blocking',
    measured: keys({
      tcp_connect: [connect({ ip: '9.9.9.9', tags: AFTER, transaction_id: 20 })],
      tls_handshakes: [handshake({ transaction_id: 20, tags: AFTER, failure: 'eof_error' })],
      requests: [],
      control: control({ http_request: noPage }),
    }),
    want: { ...DOWN, failure: 'eof_error' },
    because: 'did not get the page either (connection_reset)',
  },
  {
    claim: 'a connection that only the probe failed at is tcp_ip',
    measured: keys({
      tcp_connect: [connect({ failure: 'generic_timeout_error' })],
      ...{ tls_handshakes: [], requests: [] },
    }),
    want: blocked('tcp_ip', 'generic_timeout_error'),
    because: `TCP connect to ${SITE}:443: generic_timeout_error; the control connected`,
  },
  {
    claim: 'a connection that the control failed at too means that the site is down',
    measured: keys({
      tcp_connect: [connect({ failure: 'connection_refused' })],
      ...{ tls_handshakes: [], requests: [] },
      control: control({ tcp_connect: { [`${SITE}:443`]: failed } }),
    }),
    want: { ...DOWN, failure: 'connection_refused' },
    because: 'the control failed too (connection_refused)',
  },
  {
    claim: 'an IPv6 address out of reach tells of a network without IPv6, not of the website',
    measured: keys({
      ...{ queries: [query({ answers: addresses(V6) })], tls_handshakes: [], requests: [] },
      tcp_connect: [connect({ ip: V6, failure: 'network_unreachable' })],
      control: control({
        dns: { failure: null, addrs: [V6] },
        tcp_connect: { [`[${V6}]:443`]: { failure: null } },
      }),
    }),
    want: { ...UNKNOWN, failure: 'network_unreachable' },
    because: 'a network without IPv6',
  },
  {
    claim: 'an IPv6 address out of reach is passed over where another address failed alone',
    measured: keys({
      ...{ tls_handshakes: [], requests: [] },
      tcp_connect: [
        connect({ failure: 'generic_timeout_error' }),
        connect({ ip: V6, transaction_id: 12, failure: 'host_unreachable' }),
      ],
    }),
    want: blocked('tcp_ip', 'generic_timeout_error'),
    because: 'generic_timeout_error',
  },
  {
    claim: 'a connection behind a redirect fails alone if the control got the page',
    measured: keys({
      tcp_connect: [
        connect({ ip: '9.9.9.9', tags: AFTER, transaction_id: 20, failure: 'connection_refused' }),
      ],
      ...{ tls_handshakes: [], requests: [] },
    }),
    want: blocked('http-failure', 'connection_refused'),
    because: 'the control did not try it, and got the page',
  },
  ...[NAME, `${NAME}.`, NAME.toUpperCase()].map((hostname) => ({
    claim: `a name that only the probe cannot resolve is dns: ${hostname}`,
    measured: keys({
      queries: [query({ hostname, failure: 'dns_nxdomain_error' })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [] },
    }),
    want: blocked('dns', 'dns_nxdomain_error'),
    because: `DNS lookup of ${NAME} by getaddrinfo: dns_nxdomain_error; the control got ${SITE}`,
  })),
  {
    claim: 'a name that the control cannot resolve either means that the site is down',
    measured: keys({
      queries: [query({ failure: 'dns_nxdomain_error' })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [] },
      control: control({ dns: { failure: 'dns_name_error', addrs: [] } }),
    }),
    want: { ...DOWN, failure: 'dns_nxdomain_error' },
    because: 'the control failed too (dns_name_error)',
  },
  {
    claim: 'a name without addresses, for the control too, means that the site is down',
    measured: keys({
      queries: [query({ failure: 'dns_no_answer' })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [] },
      control: control({ dns: { failure: null, addrs: [] } }),
    }),
    want: DOWN,
    because: 'dns_no_answer; the control got no address',
  },
  {
    claim: 'a name behind a redirect that only the probe cannot resolve is dns',
    measured: keys({
      queries: [
        query(),
        query({
          ...{ hostname: 'example.net', tags: ['classic', 'depth=1'], transaction_id: 3 },
          failure: 'dns_nxdomain_error',
        }),
      ],
      requests: [request({ response: { code: 302, body: '', headers: {} } })],
    }),
    want: blocked('dns', 'dns_nxdomain_error'),
    because: 'DNS lookup of example.net by getaddrinfo after a redirect: dns_nxdomain_error',
  },
  ...(['other.example', '', null] as const).map((hostname) => ({
    claim: `a failed lookup of ${JSON.stringify(hostname)} tells nothing of the website`,
    measured: keys({
      queries: [query({ hostname, failure: 'dns_nxdomain_error' })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [] },
    }),
    want: UNKNOWN,
    because: 'no final response came',
  })),
  {
    claim: 'nor does one without a name behind a redirect',
    measured: keys({
      queries: [
        query(),
        query({ hostname: '', tags: ['classic', 'depth=1'], failure: 'dns_nxdomain_error' }),
      ],
      requests: [request({ response: { code: 302, body: '', headers: {} } })],
    }),
    want: UNKNOWN,
    because: 'no final response came',
  },
  {
    claim: 'a failed lookup tells nothing without a control',
    measured: keys({
      queries: [query({ failure: 'dns_nxdomain_error' })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [], control: null },
    }),
    want: { ...UNKNOWN, failure: 'dns_nxdomain_error' },
    because: 'there is no control',
  },
  {
    claim: 'a loopback address for a name that has another one is dns',
    measured: keys({
      queries: [query({ answers: addresses('127.0.0.1') })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [] },
    }),
    want: blocked('dns'),
    because: `127.0.0.1; the control got ${SITE}; nobody is there`,
  },
  {
    claim: 'a loopback address that the control got too means that the site is down',
    measured: keys({
      queries: [query({ answers: addresses('127.0.0.1') })],
      ...{ tcp_connect: [], tls_handshakes: [], requests: [] },
      control: control({ dns: { failure: null, addrs: ['127.0.0.1'] } }),
    }),
    want: DOWN,
    because: 'the control got 127.0.0.1; nobody is there',
  },
  {
    claim: 'where a strange address does not answer, DNS takes the blame',
    measured: keys({
      queries: [query({ answers: addresses(STRANGER) })],
      tcp_connect: [connect({ ip: STRANGER, failure: 'generic_timeout_error' })],
      ...{ tls_handshakes: [], requests: [] },
    }),
    want: blocked('dns', 'generic_timeout_error'),
    because: `TCP connect to ${STRANGER}:443: generic_timeout_error`,
  },
  {
    claim: 'a strange address with the true page behind it is accessible',
    measured: cleartextKeys({
      queries: [query({ answers: addresses(STRANGER) })],
      tcp_connect: [connect({ ip: STRANGER, port: 80 })],
    }),
    want: OPEN,
    because: "the control's is like it",
  },
  {
    claim: 'a redirect that goes nowhere tells nothing',
    measured: keys({ requests: [request({ response: { code: 302, body: '', headers: {} } })] }),
    want: UNKNOWN,
    because: "no step of the page's own fetch failed, and no final response came",
  },
  {
    claim: 'of two endpoints the one that answered decides',
    measured: keys({
      tcp_connect: [
        connect({ ip: STRANGER, transaction_id: 11, failure: 'connection_refused' }),
        connect(),
      ],
    }),
    want: OPEN,
    because: 'it came over TLS',
  },
  {
    claim: 'of two requests the one that was answered decides',
    measured: keys({
      tcp_connect: [connect(), connect({ transaction_id: 11 })],
      tls_handshakes: [handshake(), handshake({ transaction_id: 11 })],
      requests: [request({ transaction_id: 11, failure: 'eof_error' }), request()],
    }),
    want: OPEN,
    because: 'it came over TLS',
  },
  {
    claim: 'an endpoint that the page was not to come from decides nothing',
    measured: cleartextKeys({
      tcp_connect: [
        connect({ failure: 'connection_refused', tags: ['depth=0', 'fetch_body=false'] }),
      ],
      requests: [],
    }),
    want: UNKNOWN,
    because: "no step of the page's own fetch failed",
  },
  {
    claim: 'of a redirect that failed early and a request that failed late, the redirect decides',
    measured: keys({
      tcp_connect: [
        connect(),
        connect({ ip: '9.9.9.9', tags: AFTER, transaction_id: 9, failure: 'connection_refused' }),
      ],
      requests: [request({ failure: 'eof_error' })],
    }),
    want: blocked('http-failure', 'connection_refused'),
    because: 'TCP connect to 9.9.9.9:443 after a redirect: connection_refused',
  },
  {
    claim: 'the last redirect decides, not the first request',
    measured: cleartextKeys({
      tcp_connect: [connect({ port: 80 }), connect({ port: 80, tags: AFTER, transaction_id: 9 })],
      requests: [
        request({ url: 'http://a/', tags: AFTER, transaction_id: 9, response: BLOCK_PAGE }),
        request({ url: `http://${NAME}/`, response: { ...PAGE, code: 302 } }),
      ],
    }),
    want: blocked('http-diff'),
    because: 'request for http://a/',
  },
])('$claim', ({ measured, want, because }) => {
  const { verdict, reasons } = analyzeWebConnectivity(measured, { input: `https://${NAME}/` });
  const { blocking, accessible, http_experiment_failure: failure } = verdict;
  expect({ blocking, accessible, failure }).toEqual({ failure: null, ...want });
  expect(reasons[0]).toContain(because);
});
