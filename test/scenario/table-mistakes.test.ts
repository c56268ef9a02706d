import { expect, test } from 'vitest';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

const EXPECT = [
  '{ claim: c, negative_control: true, probe: curl, urls: ["https://a.org/"], see: { failure: null } }',
  '{ claim: d, from: control, probe: openssl, urls: ["https://a.org/"], see: { failure: null } }',
].join(', ');

/** What is wrong with a scenario whose table `t` begins on line 20. */
function complaints(table: string, id = 't'): string[] {
  const text = scenarioOf().replace(/^expect: .*$/m, `expect: [${EXPECT}]`);
  return complaintsAbout(`${text}tables:\n  ${id}: ${table}\n`);
}

test.each([
  { rows: 'domain', columns: 'network' },
  { rows: 'address', columns: 'server_name' },
  { rows: 'server_name', columns: 'domain', count: '{ claims: [d], probes: [openssl] }' },
  { rows: 'network', columns: 'domain', count: '{ networks: [n], schemes: [https] }' },
])('$rows by $columns can be told, counting $count', ({ rows, columns, count = '{}' }) => {
  expect(complaints(`{ title: T, rows: ${rows}, columns: ${columns}, count: ${count} }`)).toEqual(
    [],
  );
});

test.each([
  {
    name: 'rows of something else',
    table: '{ title: T, rows: country, columns: network }',
    says: 'x.yaml:20:24: tables.t.rows: expected "domain" or "network" or "address" or "server_name"; found "country"',
  },
  {
    name: 'no columns',
    table: '{ title: T, rows: domain }',
    says: 'x.yaml:20:3: tables.t.columns: expected "domain" or "network" or "address" or "server_name"; it is missing',
  },
  {
    name: 'a field that is not there',
    table: '{ title: T, rows: domain, columns: network, colour: red }',
    says: 'x.yaml:20:50: tables.t.colour: unknown key; expected one of title, rows, columns, count',
  },
  {
    name: 'rows and columns of the same',
    table: '{ title: T, rows: domain, columns: domain }',
    says: 'x.yaml:20:41: tables.t.columns: expected something else than the rows are; found "domain" again',
  },
  {
    name: 'a network that is not there',
    table: '{ title: T, rows: domain, columns: network, count: { networks: [m] } }',
    says: 'x.yaml:20:70: tables.t.count.networks[0]: expected a network of this file (n); found "m"',
  },
  {
    name: 'a claim that is not there',
    table: '{ title: T, rows: domain, columns: network, count: { claims: [c, e] } }',
    says: 'x.yaml:20:71: tables.t.count.claims[1]: expected a claim of `expect`, word for word; found "e"',
  },
  {
    name: 'a probe that does not tell the address',
    table: '{ title: T, rows: address, columns: server_name, count: { probes: [curl, openssl] } }',
    says: 'x.yaml:20:79: tables.t.count.probes[1]: a probe openssl does not tell the address that the table is made of; leave it out',
  },
  {
    name: 'a table that stays empty',
    table: '{ title: T, rows: domain, columns: network, count: { claims: [d] } }',
    says: 'x.yaml:20:57: tables.t.count: no measurement of `expect` has a domain and a network and is counted; expected one at least',
  },
])('$name is told', ({ table, says }) => {
  expect(complaints(table)).toEqual([says]);
});

test('a name that is no name of a file is told', () => {
  expect(complaints('{ title: T, rows: domain, columns: network }', '../t')).toEqual([
    'x.yaml:20:3: tables.../t: expected a name of 1 to 32 lower-case letters, digits and dashes, with no dash at either end',
  ]);
});
