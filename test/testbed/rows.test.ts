import { expect, test } from 'vitest';
import { loadScenario } from '../../src/scenario/library.ts';
import { isSlow, rowsOf } from '../../src/testbed/rows.ts';
import { readScenario } from '../support/scenarios.ts';

test('rows are every vantage of an expectation', () => {
  const rows = rowsOf(loadScenario('az-2022-tiktok'));
  const claim = 'two networks block nothing';
  expect(new Set(rows.filter((row) => row.claim === claim).map(({ from }) => from))).toEqual(
    new Set(['client-clean-1', 'client-clean-2']),
  );
  expect(new Set(rows.map(({ phase }) => phase))).toEqual(new Set(['blocked']));
});

test('rows are every URL with every version of IP, the first profile first', () => {
  const scenario = loadScenario('az-2017');
  const rows = rowsOf(scenario);
  const count = scenario.expect.reduce(
    (sum, { urls, ip, profiles }) => sum + urls.length * ip.length * (profiles?.length ?? 1),
    0,
  );
  expect(rows).toHaveLength(count);
  const profiles = rows.map(({ profile }) => profile);
  expect(profiles).toEqual([...profiles].sort((a, b) => (a === b ? 0 : a === 'packet' ? -1 : 1)));
});

test.each([
  ['probe: https, urls: ["https://a.org/"]', true],
  ['probe: https, urls: ["https://a.org/"], times: 3', false],
  ['probe: https, urls: ["https://a.org/"], beside: "https://b.org/"', false],
  ['probe: openssl, urls: ["https://a.org/"]', false],
])('a row whose resets are counted waits beside others if it has one connection: %s', (row, is) => {
  const see = '{ failure: generic_timeout_error, resets: { client: 0, server: 0 } }';
  const rows = rowsOf(readScenario({ expect: `${row}, see: ${see}` }));
  expect(rows.map((one) => isSlow(one))).toEqual([is, false]); // the other is a negative control
});
