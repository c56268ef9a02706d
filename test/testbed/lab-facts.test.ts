import { expect, test } from 'vitest';
import { isBogon } from '../../src/ooni/bogon.ts';
import { parseNetwork } from '../../src/ooni/network.ts';
import { layoutOf } from '../../src/scenario/layout.ts';
import { publicNetworksOf } from '../../src/testbed/lab-facts.ts';
import { addressesOf } from '../../src/testbed/topology.ts';
import { readScenario } from '../support/scenarios.ts';

test.each([
  ['192.0.2.7', false],
  ['198.18.3.2', false],
  ['192.0.2.8', true],
  ['10.10.34.35', true],
])('a host of a lab may have a documentation address: whether %s is a bogon', (address, is) => {
  const hosts = { example: { address: '192.0.2.7' }, page: { address: '10.10.34.35' } };
  const networks = publicNetworksOf(addressesOf(layoutOf({ ...readScenario(), hosts })));
  const parsed = networks.flatMap((text) => parseNetwork(text) ?? []);
  expect(isBogon(address, parsed)).toBe(is);
});
