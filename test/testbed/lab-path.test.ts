import { describe, expect, test } from 'vitest';
import { layoutOf } from '../../src/scenario/layout.ts';
import { namesByAddress, pathOutwards, placeOf } from '../../src/testbed/lab-path.ts';

const DISTANCES = { near_rtt_ms: 1, far_rtt_ms: 2 };
const TRANSIT = { network: 't', ...DISTANCES };

describe('what a packet meets on its way', () => {
  test.each([
    {
      name: 'one network',
      topology: { client: 'a', middlebox: 'm', ...DISTANCES },
      from: 'client',
      path: 'client isp [m] exchange server',
    },
    {
      name: 'one network with more routers',
      topology: { client: 'a', middlebox: 'm', near_hops: 3, far_hops: 2, ...DISTANCES },
      from: 'client',
      path: 'client isp near-2 near-3 [m] far-1 exchange server',
    },
    {
      name: 'a box of each network, and one that all share',
      topology: { client: ['a', 'b'], middlebox: 'own', transit: TRANSIT, ...DISTANCES },
      from: 'client-b',
      path: 'client-b isp-b [b] gateway [t] exchange server',
    },
    {
      name: 'one network with two boxes',
      topology: { client: 'a', middlebox: 'own', transit: TRANSIT, ...DISTANCES },
      from: 'client',
      path: 'client isp [a] [t] exchange server',
    },
    {
      name: 'a network that goes past every box',
      topology: { client: 'a', bypass: ['c'], middlebox: 'm', ...DISTANCES },
      from: 'client-c',
      path: 'client-c isp-c exchange server',
    },
    {
      name: 'a host in the country',
      topology: { client: 'a', inside: 'i', middlebox: 'm', ...DISTANCES },
      from: 'inside',
      path: 'inside isp [m] exchange server',
    },
  ])('$name', ({ topology, from, path }) => {
    const parts = pathOutwards(layoutOf({ topology, hosts: undefined }), from, 'server');
    const texts = parts.map((part) => (part.kind === 'host' ? part.name : `[${part.box.id}]`));
    expect(texts.join(' ')).toBe(path);
  });
});

test('a box has the TTL of the first packet that it sees, from either side', () => {
  const topology = { client: 'a', middlebox: 'm', near_hops: 2, far_hops: 3, ...DISTANCES };
  const path = pathOutwards(layoutOf({ topology, hosts: undefined }), 'client', 'server');
  expect(placeOf(path, 'm')).toEqual({ hop: 3, after: 'near-2', before: 'far-1' });
  const back = { hop: 4, after: 'far-1', before: 'near-2' };
  expect(placeOf([...path].reverse(), 'm')).toEqual(back);
  expect(placeOf(path, 'other')).toBeUndefined();
});

test('a router is known by whichever of its addresses it answers with', () => {
  const topology = { client: 'a', middlebox: 'm', near_hops: 2, ...DISTANCES };
  const names = namesByAddress(layoutOf({ topology, hosts: undefined }));
  const isps = [...names].filter(([, name]) => name === 'isp').map(([address]) => address);
  expect(isps.filter((address) => !address.includes(':'))).toHaveLength(2);
  expect(names.get('198.18.1.2')).toBe('client');
});
