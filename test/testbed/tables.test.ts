import { expect, test } from 'vitest';
import { loadScenario } from '../../src/scenario/library.ts';
import type { Scenario } from '../../src/scenario/schema.ts';
import type { TableSpec } from '../../src/scenario/table-schema.ts';
import { type Measured, tablesOf } from '../../src/testbed/tables.ts';

const TIKTOK = loadScenario('az-2022-tiktok');

function scenarioWith(table: Partial<TableSpec>): Scenario {
  const spec: TableSpec = { title: 'T', rows: 'domain', columns: 'network', ...table };
  return { ...TIKTOK, tables: { t: spec } };
}

function measured({
  url = 'https://a.org/',
  from = 'client-delta',
  probe = 'curl',
  claim = 'c',
  host,
  ...observation
}: Partial<Measured['request'] & Measured['observation'] & Measured> = {}): Measured {
  const seen = { failure: null, says: '', remote: '192.0.2.1:443', ...observation };
  return { claim, from, request: { probe, url, ip: 4, host }, observation: seen };
}

/** `row/column: outcomes`, of every cell that is not empty. */
function cellsOf(table: Partial<TableSpec>, all: readonly Measured[]): string[] {
  const [made] = tablesOf(scenarioWith(table), all);
  if (made === undefined) throw new Error('there is one table');
  return made.rows.flatMap((row, i) =>
    made.columns.flatMap((column, j) => {
      const cell = made.cells[i]?.[j];
      return cell ? [`${row}/${column}: ${JSON.stringify(cell)}`] : [];
    }),
  );
}

test('a measurement is found under its domain and the network of its vantage', () => {
  const all = [
    measured(),
    measured({ from: 'client-azercell', failure: 'connection_reset' }),
    measured({ url: 'http://b.org:8080/x' }),
    measured({ url: 'dns:C.org.', probe: 'dig', failure: 'dns_nxdomain_error' }),
    measured({ url: 'http://192.0.2.1/', host: 'd.org' }),
  ];
  expect(cellsOf({}, all)).toEqual([
    'a.org/AS29049: {"ok":1}',
    'a.org/AS31721: {"connection_reset":1}',
    'b.org/AS29049: {"ok":1}',
    'c.org/AS29049: {"dns_nxdomain_error":1}',
    'd.org/AS29049: {"ok":1}',
  ]);
});

test('the address is the one that the probe told, without its port, whatever the name', () => {
  const table = { rows: 'address', columns: 'server_name' } as const;
  const all = [
    measured({ remote: '198.51.100.1:443' }),
    measured({ remote: '[2001:db8::1]:443', failure: 'generic_timeout_error' }),
  ];
  expect(cellsOf(table, all)).toEqual([
    '198.51.100.1/a.org: {"ok":1}',
    '2001:db8::1/a.org: {"generic_timeout_error":1}',
  ]);
});

test.each([
  { what: 'a host outside the country has no network', table: {}, one: { from: 'control' } },
  { what: 'an address is no domain', table: {}, one: { url: 'https://[2001:db8::1]/' } },
  {
    what: 'cleartext has no server name',
    table: { columns: 'server_name' },
    one: { url: 'http://a.org/' },
  },
  {
    what: 'a handshake within Tor has none on the wire',
    table: { columns: 'server_name' },
    one: { probe: 'tor' },
  },
  {
    what: 'of a name that did not resolve, no address was dialled',
    table: { columns: 'address' },
    one: { remote: undefined },
  },
  {
    what: 'a probe that was skipped measured nothing',
    table: {},
    one: { skipped: 'curl is not installed' },
  },
  {
    what: 'another scheme is not counted',
    table: { count: { schemes: ['http'] } },
    one: {},
  },
  { what: 'another probe is not counted', table: { count: { probes: ['openssl'] } }, one: {} },
  {
    what: 'another network is not counted',
    table: { count: { networks: ['azercell'] } },
    one: {},
  },
  { what: 'another claim is not counted', table: { count: { claims: ['d'] } }, one: {} },
] as const)('$what', ({ table, one }) => {
  expect(cellsOf(table as Partial<TableSpec>, [measured(one)])).toEqual([]);
});

test('what is asked for is counted', () => {
  const count: TableSpec['count'] = {
    schemes: ['https'],
    probes: ['curl'],
    networks: ['delta'],
    claims: ['c'],
  };
  expect(cellsOf({ count }, [measured()])).toEqual(['a.org/AS29049: {"ok":1}']);
});

test('of many tries, each is counted', () => {
  const failures = { none: 2, connection_reset: 3 };
  expect(cellsOf({}, [measured({ failures }), measured()])).toEqual([
    'a.org/AS29049: {"ok":3,"connection_reset":3}',
  ]);
});

test('a scenario that asks for no tables has none', () => {
  const { tables: _, ...scenario } = TIKTOK;
  expect(tablesOf(scenario, [measured()])).toEqual([]);
});
