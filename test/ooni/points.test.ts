import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Layout, type Points, pointsOf } from '../../src/ooni/points.ts';

const shake = (address: string, server_name: string, failure: string | null = null) => ({
  address,
  server_name,
  failure,
});

const MEASUREMENT = {
  input: 'https://www.example.org/path',
  measurement_start_time: '2022-09-14 12:00:09',
  probe_asn: 'AS29049',
  probe_cc: 'AZ',
  annotations: { vantage: 'client' },
  test_keys: {
    failure: 'connection_reset',
    x_probe: 'https',
    tls_handshakes: [
      shake('192.0.2.1:443', 'www.example.org', 'connection_reset'),
      shake('[2001:db8::1]:443', 'www.example.org'),
    ],
    tcp_connect: [
      { ip: '192.0.2.1', status: { failure: null } },
      { ip: '2001:db8::1', status: { failure: 'generic_timeout_error' } },
    ],
  },
};

function cells(layout: Layout, measurement: unknown = MEASUREMENT): string[] {
  const points = pointsOf(measurement, layout);
  if (typeof points === 'string') throw new Error(points);
  return points.points.map(({ row, column, outcome }) => `${row} ${column} ${outcome}`);
}

test.each([
  ['input', 'https://www.example.org/path'],
  ['domain', 'www.example.org'],
  ['scheme', 'https'],
  ['date', '2022-09-14'],
  ['probe_cc', 'AZ'],
  ['vantage', 'client'],
  ['x_probe', 'https'],
  ['outcome', 'connection_reset'],
])('a row may be %s', (rows, label) => {
  expect(cells({ rows, columns: 'probe_asn' })).toEqual([`${label} AS29049 connection_reset`]);
});

test('with a server name each handshake is a point, and comes out in its own way', () => {
  expect(cells({ rows: 'ip', columns: 'server_name' })).toEqual([
    '192.0.2.1 www.example.org connection_reset',
    '2001:db8::1 www.example.org ok',
  ]);
});

test('with an address alone each connection is', () => {
  expect(cells({ rows: 'ip', columns: 'probe_asn' })).toEqual([
    '192.0.2.1 AS29049 ok',
    '2001:db8::1 AS29049 generic_timeout_error',
  ]);
});

test.each([
  [{ failure: null }, 'ok'],
  [{ failure: false, success: true }, 'ok'],
  [{ success: true }, 'ok'],
  [{ success: false }, 'unknown'],
  [{ success: false, failure: null }, 'unknown'],
  [{}, 'unknown'],
])('a connection with the status %j comes out as %s', (status, outcome) => {
  const measurement = {
    probe_asn: 'AS1',
    test_keys: { tcp_connect: [{ ip: '192.0.2.1', status }] },
  };
  expect(cells({ rows: 'ip', columns: 'probe_asn' }, measurement)).toEqual([
    `192.0.2.1 AS1 ${outcome}`,
  ]);
});

test.each([
  [{ failure: null }, 'ok'],
  [{ cipher_suite: 'TLS_AES_128_GCM_SHA256' }, 'ok'],
  [{ failure: false }, 'ok'],
  [{}, 'unknown'],
])('a handshake with %j comes out as %s', (part, outcome) => {
  const handshake = { address: '192.0.2.1:443', server_name: 'a.example', ...part };
  const measurement = { test_keys: { tls_handshakes: [handshake] } };
  expect(cells({ rows: 'ip', columns: 'server_name' }, measurement)).toEqual([
    `192.0.2.1 a.example ${outcome}`,
  ]);
});

test.each([
  ['foo', ['foo a.example ok']],
  ['192.0.2.1', ['192.0.2.1 a.example ok']],
  ['2001:db8::1', ['2001:db8::1 a.example ok']],
  ['', []],
  [null, []],
])('a handshake at %j makes the rows %j', (address, rows) => {
  const handshake = { address, server_name: 'a.example', failure: null };
  const measurement = { test_keys: { tls_handshakes: [handshake] } };
  expect(cells({ rows: 'ip', columns: 'server_name' }, measurement)).toEqual(rows);
});

test.each([
  ...[
    'https://meydan.tv./',
    'https://MEYDAN.tv/',
    'MEYDAN.TV',
    'dns:MEYDAN.tv.',
    'DNS:meydan.tv',
  ].map((input) => ['domain', { input, test_keys: {} }, 'meydan.tv']),
  ['domain', { input: 'x', test_keys: { domain: 'Meydan.TV.' } }, 'meydan.tv'],
  ['domain', { input: 'tcp://MEYDAN.tv:80', test_keys: {} }, 'meydan.tv'],
  ['domain', { input: 'https://bücher.example/', test_keys: {} }, 'xn--bcher-kva.example'],
  ['domain', { input: 'https://[2001:DB8::1]/', test_keys: {} }, '2001:db8::1'],
  ['domain', { input: 'NO/NAME', test_keys: {} }, 'NO/NAME'],
  ['scheme', { input: 'HTTPS://meydan.tv/', test_keys: {} }, 'https'],
  ['server_name', { test_keys: { tls_handshakes: [shake('', 'A.com.')] } }, 'a.com'],
  ['ip', { test_keys: { tcp_connect: [{ ip: '2001:DB8:0::1', status: {} }] } }, '2001:db8::1'],
] as [string, object, string][])(
  'a %s has one row, however it is spelt: %j',
  (rows, own, label) => {
    const layout = { rows, columns: 'probe_cc', where: [[rows, label.toUpperCase()]] } as const;
    const made = pointsOf({ probe_cc: 'AZ', ...own }, layout);
    expect(made).toMatchObject({ points: [{ row: label }] });
  },
);

test.each([
  { tls_handshakes: [{ address: '192.0.2.1:443', failure: null, server_name: null }] },
  { tls_handshakes: [{ address: '192.0.2.1:443', failure: null }] },
  { tls_handshakes: 'none', tcp_connect: 'none' },
])('what a table does not ask for may be missing, or have any shape: %j', (part) => {
  const measurement = { ...MEASUREMENT, test_keys: { blocking: 'dns', ...part } };
  expect(cells({ rows: 'domain', columns: 'outcome' }, measurement)).toEqual([
    'www.example.org dns dns',
  ]);
  const asked = pointsOf(measurement, { rows: 'domain', columns: 'server_name' });
  if (typeof part.tls_handshakes !== 'string')
    expect(asked).toEqual({ points: [], lacks: 'server_name' });
  else expect(asked).toBe('left out: test_keys.tls_handshakes: expected a list; found "none"');
});

test('only what was asked for counts', () => {
  const layout = { rows: 'domain', columns: 'probe_asn' };
  expect(
    cells({
      ...layout,
      where: [
        ['probe_cc', 'AZ'],
        ['x_probe', 'https'],
      ],
    }),
  ).toHaveLength(1);
  expect(cells({ ...layout, where: [['probe_cc', 'KZ']] })).toEqual([]);
  expect(cells({ ...layout, where: [['ip', '2001:db8::1']] })).toHaveLength(1);
});

test.each([
  { rows: 'nothing', columns: 'probe_asn', test_keys: {}, lacks: 'nothing' },
  { rows: 'probe_asn', columns: 'nothing', test_keys: {}, lacks: 'nothing' },
  { rows: 'domain', columns: 'probe_asn', test_keys: {}, lacks: 'domain' },
  { rows: 'domain', columns: 'probe_asn', test_keys: { domain: '' }, lacks: 'domain' },
  { rows: 'probe_asn', columns: 'ip', test_keys: {}, lacks: 'ip' },
  { rows: 'ip', columns: 'server_name', test_keys: { tls_handshakes: [] }, lacks: 'ip' },
  { rows: 'ip', columns: 'probe_asn', test_keys: { pings: [{}] }, lacks: 'ip' },
])('$test_keys is no point by $rows and $columns: it has no $lacks', (row) => {
  const measurement = { input: null, probe_asn: 'AS1', test_keys: row.test_keys };
  expect(pointsOf(measurement, row)).toEqual({ points: [], lacks: row.lacks });
  const where = [['probe_asn', 'AS2']] as const;
  const { lacks } = pointsOf(measurement, { ...row, where }) as Points;
  expect(lacks).toBe(OF_PARTS.includes(row.lacks) ? row.lacks : undefined);
});

const OF_PARTS = ['ip', 'server_name'];

test('each of a series of pings is a point', () => {
  const of = (...pings: object[]) => ({ input: 'x', probe_asn: 'AS1', test_keys: { pings } });
  const tcp = of(connect(null), connect('connection_refused'));
  expect(cells({ rows: 'ip', columns: 'probe_asn' }, tcp)).toEqual([
    '192.0.2.1 AS1 ok',
    '192.0.2.1 AS1 connection_refused',
  ]);
  const tls_handshake = shake('192.0.2.1:443', 'a.example', 'eof_error');
  const quic_handshake = shake('[2001:db8::1]:443', 'b.example');
  expect(
    cells({ rows: 'ip', columns: 'server_name' }, of({ tls_handshake }, { quic_handshake })),
  ).toEqual(['192.0.2.1 a.example eof_error', '2001:db8::1 b.example ok']);
});

test.each([
  [{ blocking: false, accessible: true }, 'ok'],
  [{ blocking: false, accessible: false }, 'down'],
  [{ blocking: 'dns', accessible: false }, 'dns'],
  [{ blocking: null, accessible: null }, 'unknown'],
  [{ result: 'success.got_server_hello' }, 'ok'],
  [{ result: 'interference.reset' }, 'interference.reset'],
  [{ blocking: false, accessible: null }, 'unknown'],
  [{ blocking: false }, 'unknown'],
  [{ blocking: '' }, 'unknown'],
  [{}, 'unknown'],
  [{ failure: null }, 'ok'],
  [{ failure: false }, 'ok'],
  [{ failure: 'eof_error' }, 'eof_error'],
])('%j comes out as %s', (test_keys, outcome) => {
  const measurement = { input: 'https://a.example/', probe_asn: 'AS1', test_keys };
  expect(cells({ rows: 'domain', columns: 'probe_asn' }, measurement)).toEqual([
    `a.example AS1 ${outcome}`,
  ]);
});

test('whatever is no measurement is no point, and it is told what is wrong with it', () => {
  const layout = { rows: 'input', columns: 'server_name' };
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const found = pointsOf(value, layout);
      return typeof found === 'string' ? found.startsWith('left out: ') : found.points.length === 0;
    }),
  );
});

const connect = (failure: string | null) => ({
  tcp_connect: { ip: '192.0.2.1', status: { failure } },
});
const shaken = (failure: string | null) => ({ handshake: { failure } });
const traced = (...iterations: object[]) => ({
  iterative_trace: [{ target_trace: { iterations } }],
});

test.each([
  [{ pings: [connect(null), connect(null)] }, 'ok'],
  [{ pings: [connect(null), connect('connection_refused')] }, 'connection_refused'],
  [{ pings: [] }, 'unknown'],
  [{ pings: [{}] }, 'unknown'],
  [{ pings: [connect(null), { tcp_connect: { status: { success: false } } }] }, 'unknown'],
  [{ pings: [{ tcp_connect: { status: { failure: false } } }] }, 'ok'],
  [{ pings: [{ ...connect(null), tls_handshake: { failure: 'eof_error' } }] }, 'eof_error'],
  [{ pings: [{ quic_handshake: { failure: null } }] }, 'ok'],
  [{ pings: [{ query: { failure: 'dns_refused_error' } }] }, 'dns_refused_error'],
  [{ pings: [{ query: [{ failure: null }, { failure: 'dns_no_answer' }] }] }, 'dns_no_answer'],
  [{ pings: [{ failure: null }, { failure: 'generic_timeout_error' }] }, 'generic_timeout_error'],
  [{ lookups: { 'udp://192.0.2.1': {} } }, 'unknown'],
  [traced({ handshake: {} }), 'unknown'],
  [traced(shaken('generic_timeout_error'), shaken('connection_reset')), 'connection_reset'],
  [traced(shaken('generic_timeout_error'), shaken(null)), 'ok'],
  [{ iterative_trace: [] }, 'unknown'],
  [
    { domain: 'a.example', lookups: { 'udp://192.0.2.1': { failure: 'dns_refused_error' } } },
    'dns_refused_error',
  ],
  [{ domain: 'a.example', lookups: { 'udp://192.0.2.1': { failure: null } } }, 'ok'],
])('a test that does not say how it came out is told by what it did: %j', (test_keys, outcome) => {
  const measurement = { input: 'tcp://a.example:1', probe_asn: 'AS1', test_keys };
  expect(cells({ rows: 'domain', columns: 'probe_asn' }, measurement)).toEqual([
    `a.example AS1 ${outcome}`,
  ]);
});

test('handshakes of sni_blocking are points too, and a verdict that is not known is one', () => {
  const keys = {
    target: { tls_handshakes: [shake('192.0.2.1:443', 'a.example', 'eof_error')] },
    control: null,
  };
  const measurement = {
    input: 'a.example',
    probe_asn: 'AS1',
    test_keys: { ...keys, blocking: null },
  };
  expect(cells({ rows: 'ip', columns: 'server_name' }, measurement)).toEqual([
    '192.0.2.1 a.example eof_error',
  ]);
  expect(cells({ rows: 'blocking', columns: 'probe_asn' }, measurement)).toEqual([
    'null AS1 unknown',
  ]);
});

test.each([
  ['2022-09-14 23:59:60', '2022-09-14'],
  ['2020-02-29 00:00:00', '2020-02-29'],
  ['2020-01-01T00:00:00Z', '2020-01-01'],
  ['2020-01-01T00:00:00.5Z', '2020-01-01'],
  ['2020-01-01', '2020-01-01'],
])('the date of %s is %s', (measurement_start_time, date) => {
  const measurement = { ...MEASUREMENT, measurement_start_time };
  expect(cells({ rows: 'date', columns: 'probe_cc' }, measurement)).toEqual([
    `${date} AZ connection_reset`,
  ]);
});

test.each([
  ...['-000001-01-01 00:00:00', '0000-00-00 00:00:00', '0000-01-01 00:00:00'],
  ...['2020-02-30 00:00:00', '2021-02-29 00:00:00', '2020-04-31 00:00:00', '1900-02-29 00:00:00'],
  ...['9999-99-99 99:99:99', '2020-01-01 24:00:00', '2020-01-01 00:60:00', '20200-01-01 00:00:00'],
  ...['', 'yesterday', '2020-1-1', -1, 0, 1e300, null, true, [], {}, ['2020-01-01 00:00:00']],
])('%j is the date of no row, and hinders no table without dates', (measurement_start_time) => {
  const measurement = { ...MEASUREMENT, measurement_start_time };
  expect(cells({ rows: 'date', columns: 'probe_cc' }, measurement)).toEqual([]);
  expect(cells({ rows: 'domain', columns: 'probe_cc' }, measurement)).toHaveLength(1);
});

test.each([
  [
    { test_keys: { blocking: [] } },
    'test_keys.blocking: expected a text or true or false; found a list of 0',
  ],
  [{ test_keys: {}, input: 5 }, 'input: expected a text; found 5'],
  [{}, 'test_keys: expected an object; found nothing'],
  ['x', 'expected an object; found "x"'],
])('%j is told in the words of analyze', (measurement, wrong) => {
  expect(pointsOf(measurement, { rows: 'domain', columns: 'date' })).toBe(`left out: ${wrong}`);
});
