import { expect, test } from 'vitest';
import { hostOfName } from '../../src/testbed/host-of-name.ts';
import { readScenario } from '../support/scenarios.ts';

test.each([
  ['www.mts.am', 'shop'],
  ['ns.mts.am', 'isp'],
  ['a.ns.mts.am', 'isp'],
  ['dns.mts.am', 'server'],
  ['am', 'server'],
  ['nobodys.example', 'server'],
])('%s is a name of %s', (name, host) => {
  const { origin, ...scenario } = readScenario();
  const hosts = { shop: { names: ['mts.am'] } };
  const resolvers = { n: { names: ['ns.mts.am'] } };
  const named = { ...scenario, origin: { ...origin, doh: 'dns.mts.am' }, hosts, resolvers };
  expect(hostOfName(name, named)).toBe(host);
});
