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
  query,
  request,
  SITE,
  STRANGER,
} from '../support/measured.ts';

/* x_blocking_flags, x_dns_flags, x_null_null_flags. */

const NOTHING = { tcp_connect: [], tls_handshakes: [], requests: [] };
const AFTER = ['classic', 'depth=1', 'fetch_body=true'];
const udp = { engine: 'udp', query_type: 'A', resolver_address: '8.8.8.8:53', tags: ['depth=0'] };
const atStranger = { ip: STRANGER, transaction_id: 12 };
const V6 = '2606:2800:220:1:248:1893:25c8:1946';

test.each<{ claim: string; measured: RecordedKeys; want: readonly number[] }>([
  { claim: 'a page over TLS is a success', measured: keys(), want: [32, 0, 0] },
  {
    claim: 'a page over TLS without a control is a success that was not compared',
    measured: keys({ control: null }),
    want: [32, 0, 8],
  },
  { claim: 'the same page without TLS is a success', measured: cleartextKeys(), want: [32, 0, 0] },
  {
    claim: 'another page without TLS is an http-diff',
    measured: cleartextKeys({
      control: control({ http_request: { ...CONTROL_PAGE, status_code: 404 } }),
    }),
    want: [16, 0, 0],
  },
  {
    claim: 'a page without TLS that cannot be compared, as the file lacks its headers, is nothing',
    measured: cleartextKeys({
      requests: [request({ url: `http://${NAME}/`, response: { code: 200 } })],
    }),
    want: [0, 0, 0],
  },
  {
    claim: 'a failed lookup of no name behind a redirect is nothing',
    measured: keys({
      queries: [
        query(),
        query({ hostname: '', tags: ['classic', 'depth=1'], failure: 'dns_nxdomain_error' }),
      ],
      requests: [],
    }),
    want: [0, 0, 0],
  },
  {
    claim: 'a page without TLS and without a control is nothing',
    measured: cleartextKeys({ control: null }),
    want: [0, 0, 0],
  },
  ...['generic_timeout_error', 'unknown_failure'].map((failure) => ({
    claim: `a page without TLS that the control did not get (${failure}) is nothing`,
    measured: cleartextKeys({
      control: control({ http_request: { failure, status_code: -1, body_length: -1 } }),
    }),
    want: [0, 0, 0],
  })),
  {
    claim: "a name that only the probe's resolver does not know is DNS",
    measured: keys({ ...NOTHING, queries: [query({ failure: 'dns_nxdomain_error' })] }),
    want: [1, 2, 0],
  },
  {
    claim: 'a name that nobody knows is an expected failure',
    measured: keys({
      ...NOTHING,
      queries: [query({ failure: 'dns_nxdomain_error' })],
      control: control({ dns: { failure: 'dns_name_error', addrs: [] } }),
    }),
    want: [0, 0, 1],
  },
  {
    claim: 'addresses for a name that has none are an unexpected success',
    measured: keys({
      ...NOTHING,
      control: control({ dns: { failure: 'dns_name_error', addrs: [] } }),
    }),
    want: [0, 0, 16],
  },
  {
    claim: 'an address of nobody is a bogon, and a strange one',
    measured: keys({ ...NOTHING, queries: [query({ answers: addresses('10.10.34.35') })] }),
    want: [1, 5, 0],
  },
  {
    claim: 'a bogon that the control got too is no blocking',
    measured: keys({
      ...NOTHING,
      queries: [query({ answers: addresses('10.10.34.35') })],
      control: control({ dns: { failure: null, addrs: ['10.10.34.35'] } }),
    }),
    want: [0, 1, 0],
  },
  {
    claim: 'a strange address is DNS, if another resolver than the system gave it, too',
    measured: keys({
      queries: [query(), query({ ...udp, answers: addresses(STRANGER), transaction_id: 2 })],
    }),
    want: [33, 4, 0],
  },
  {
    claim: 'an address in the network of one of the control is not strange',
    measured: keys({
      ...NOTHING,
      queries: [query({ answers: [{ answer_type: 'A', ipv4: STRANGER, asn: 15133 }] })],
      control: control({ ip_info: { [SITE]: { asn: 15133 } } }),
    }),
    want: [0, 0, 0],
  },
  {
    claim: 'networks that are not known are not the same',
    measured: keys({
      ...NOTHING,
      queries: [query({ answers: addresses(STRANGER) })],
      control: control({ ip_info: { [SITE]: { asn: 0 }, [STRANGER]: { asn: 0 } } }),
    }),
    want: [1, 4, 0],
  },
  {
    claim: 'an address that proved to have the name is not strange',
    measured: keys({
      queries: [query({ answers: addresses(STRANGER) })],
      tcp_connect: [connect(atStranger)],
      tls_handshakes: [handshake(atStranger)],
      requests: [],
    }),
    want: [0, 0, 0],
  },
  {
    claim: 'an address that proved to have another name stays strange',
    measured: keys({
      queries: [query({ answers: addresses(STRANGER) })],
      tcp_connect: [connect(atStranger)],
      tls_handshakes: [handshake({ ...atStranger, server_name: 'example.net' })],
      requests: [],
    }),
    want: [1, 4, 0],
  },
  {
    claim: 'a resolver over HTTPS that fails is no DNS blocking of the name',
    measured: keys({ queries: [query(), query({ engine: 'doh', failure: 'connection_reset' })] }),
    want: [32, 0, 0],
  },
  {
    claim: 'a name without an IPv6 address has not failed',
    measured: keys({
      queries: [query(), query({ ...udp, query_type: 'AAAA', failure: 'dns_no_answer' })],
    }),
    want: [32, 0, 0],
  },
  {
    claim:
      'a connection that only the probe failed at is TCP/IP, though another one brought the page',
    measured: keys({
      queries: [query({ answers: addresses(SITE, STRANGER) })],
      tcp_connect: [connect(), connect({ ...atStranger, failure: 'generic_timeout_error' })],
      control: control({
        tcp_connect: { [`${STRANGER}:443`]: { failure: null } },
      }),
    }),
    want: [34, 0, 0],
  },
  {
    claim: 'a connection that both failed at is an expected failure',
    measured: keys({
      ...NOTHING,
      tcp_connect: [connect({ failure: 'connection_refused' })],
      control: control({ tcp_connect: { [`${SITE}:443`]: { failure: 'connection_refused' } } }),
    }),
    want: [0, 0, 2],
  },
  {
    claim: 'an IPv6 address out of reach is a network without IPv6, no blocking',
    measured: keys({
      tcp_connect: [
        connect(),
        connect({ ip: V6, transaction_id: 12, failure: 'network_unreachable' }),
      ],
      control: control({ tcp_connect: { [`[${V6}]:443`]: { failure: null } } }),
    }),
    want: [32, 0, 0],
  },
  {
    claim:
      'an IPv6 address that the control reached, however it is written, and the probe did not is TCP/IP',
    measured: keys({
      ...NOTHING,
      tcp_connect: [
        connect({ ip: '2606:2800:0220:1:248:1893:25C8:1946', failure: 'connection_reset' }),
      ],
      control: control({ tcp_connect: { [`[${V6}]:443`]: { failure: null } } }),
    }),
    want: [2, 0, 0],
  },
  {
    claim: 'a handshake that only the probe failed at is TLS, if it was not for the page, too',
    measured: cleartextKeys({
      tcp_connect: [
        connect({ port: 80 }),
        connect({ transaction_id: 12, tags: ['depth=0', 'fetch_body=false'] }),
      ],
      tls_handshakes: [handshake({ transaction_id: 12, failure: 'connection_reset' })],
    }),
    want: [36, 0, 0],
  },
  ...['WWW.Example.org', `${NAME}.`, 'WWW.EXAMPLE.ORG.'].map((server_name) => ({
    claim: `a handshake that only the probe failed at is TLS, with its name as ${server_name}`,
    measured: keys({
      tls_handshakes: [handshake({ server_name, failure: 'connection_reset' })],
      requests: [],
      control: control({ tls_handshake: { [`${SITE}:443`]: { failure: null, server_name } } }),
    }),
    want: [4, 0, 0],
  })),
  {
    claim: 'an endpoint is the same in any spelling of its address',
    measured: keys({
      tcp_connect: [connect({ ip: V6.toUpperCase(), transaction_id: 0 })],
      tls_handshakes: [
        handshake({
          address: '[2606:2800:0220:0001:248:1893:25C8:1946]:443',
          transaction_id: 0,
          failure: 'connection_reset',
        }),
      ],
      requests: [],
      control: control({
        tls_handshake: {
          [`[${V6.replace(':1:', ':01:')}]:443`]: { failure: null, server_name: NAME },
        },
      }),
    }),
    want: [4, 0, 0],
  },
  {
    claim: 'an empty text is no failure of the control',
    measured: keys({
      tcp_connect: [connect({ failure: 'generic_timeout_error' })],
      ...{ tls_handshakes: [], requests: [], control_failure: '' },
      control: control({ tcp_connect: { [`${SITE}:443`]: { status: true, failure: '' } } }),
    }),
    want: [2, 0, 0],
  },
  {
    claim: 'a handshake that both failed at is an expected failure',
    measured: keys({
      tls_handshakes: [handshake({ failure: 'ssl_unknown_authority' })],
      requests: [],
      control: control({
        tls_handshake: { [`${SITE}:443`]: { failure: 'ssl_unknown_authority', server_name: NAME } },
      }),
    }),
    want: [0, 0, 4],
  },
  {
    claim: 'a request that only the probe failed at is HTTP',
    measured: keys({ requests: [request({ failure: 'eof_error' })] }),
    want: [8, 0, 0],
  },
  {
    claim: 'what fails behind a redirect is blocking where the control got the page',
    measured: keys({
      queries: [
        query(),
        query({ hostname: 'a', tags: ['depth=1'], failure: 'dns_servfail_error' }),
      ],
      tcp_connect: [
        connect({ tags: AFTER, transaction_id: 20, failure: 'connection_refused' }),
        connect({ tags: AFTER, transaction_id: 21 }),
      ],
      tls_handshakes: [handshake({ tags: AFTER, transaction_id: 21, failure: 'eof_error' })],
      requests: [],
    }),
    want: [7, 0, 0],
  },
  {
    claim: 'what fails behind a redirect is nothing where the page came all the same',
    measured: keys({
      tcp_connect: [
        connect(),
        connect({ tags: AFTER, transaction_id: 20, failure: 'connection_refused' }),
      ],
    }),
    want: [32, 0, 0],
  },
])('$claim', ({ measured, want }) => {
  const { verdict } = analyzeWebConnectivity(measured, { input: `https://${NAME}/` });
  const { x_blocking_flags, x_dns_flags, x_null_null_flags } = verdict;
  expect([x_blocking_flags, x_dns_flags, x_null_null_flags]).toEqual(want);
});

test('thousands of lookups and handshakes are matched, each with the first that found its address', () => {
  const places = Array.from({ length: 3000 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
  const measured = keys({
    queries: [
      query(),
      ...places.map((ip, i) => query({ ...udp, answers: addresses(ip), transaction_id: 100 + i })),
    ],
    tcp_connect: places.map((ip, i) => connect({ ip, transaction_id: 10_000 + i })),
    tls_handshakes: places.map((ip, i) =>
      handshake({ address: `${ip}:443`, transaction_id: 10_000 + i }),
    ),
    requests: [],
  });
  const { verdict } = analyzeWebConnectivity(measured, {
    input: `https://${NAME}/`,
    publicNetworks: '198.18.0.0/15',
  });
  expect(verdict).toMatchObject({ x_blocking_flags: 0, x_dns_flags: 0 });
});
