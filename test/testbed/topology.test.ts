import { describe, expect, test } from 'vitest';
import type { NetworkPlan } from '../../netns/plan.ts';
import { type Access, layoutOf } from '../../src/scenario/layout.ts';
import type { Scenario } from '../../src/scenario/schema.ts';
import { addressesOf, planNetwork } from '../../src/testbed/topology.ts';

const RTT = { near_rtt_ms: 1, far_rtt_ms: 2 };
const TRANSIT = { network: 't', ...RTT };
const TOPOLOGIES: readonly Scenario['topology'][] = [
  { client: 'a', inside: 'a', middlebox: 'b', ...RTT },
  { client: 'a', middlebox: 'own', transit: TRANSIT, ...RTT },
  { client: ['a', 'b', 'c'], inside: 'a', middlebox: 'own', ...RTT },
  { client: ['a', 'b'], middlebox: 'c', ...RTT },
  { client: 'a', bypass: ['b'], inside: 'a', middlebox: 'c', ...RTT },
  { client: ['a', 'b'], bypass: ['d', 'e'], inside: 'a', middlebox: 'c', ...RTT },
  { client: ['a', 'b'], bypass: ['c'], middlebox: 'own', transit: TRANSIT, ...RTT },
  {
    client: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    inside: 'a',
    middlebox: 'own',
    transit: TRANSIT,
    ...RTT,
  },
  { client: 'a', inside: 'a', middlebox: 'c', near_hops: 3, far_hops: 4, ...RTT },
  { client: 'a', inside: 'a', middlebox: 'own', near_hops: 8, far_hops: 8, ...RTT },
];

describe.each(TOPOLOGIES)(
  'of $client, $bypass, $middlebox, $transit, $near_hops hops to the box and $far_hops beyond',
  (topology) => {
    const hosts = { park: { address: '95.216.36.80' }, other: {} };
    const resolvers = { a: { address: '217.76.1.85' }, d: { address: '217.76.1.86' } };
    const layout = layoutOf({ topology, hosts, resolvers });
    const plan = planNetwork(layout, () => []);

    test('every packet finds its way to every host, and back, through the boxes of its network', () => {
      const addresses = addressesOf(layout);
      for (const { client, box, isBypass } of layout.accesses) {
        for (const to of ['server', 'control', 'park', 'other']) {
          const passed = isBypass ? [] : [box, layout.sharedBox];
          const boxes = passed.flatMap((one) => one?.left ?? []);
          const there = wayOf(plan, client, addresses[to]?.ipv4 ?? '');
          expect([to, there]).toMatchObject([to, { arrives: to, boxes }]);
          const back = wayOf(plan, to, addresses[client]?.ipv4 ?? '');
          expect([to, back.arrives, back.boxes.length]).toEqual([to, client, boxes.length]);
        }
      }
    });

    test('a resolver with an address of its own is found there from everywhere, and its clients ask it', () => {
      const addresses = addressesOf(layout);
      const { client, isp, resolverAddress } = layout.accesses[0] as Access;
      expect([resolverAddress, addresses[isp]?.ipv4]).toEqual(['217.76.1.85', '217.76.1.85']);
      expect(addresses[client]?.resolver).toBe(isp);
      const everyone = [...layout.accesses.map((access) => access.client), ...layout.nearRouters];
      const outside = ['server', 'control', 'park', 'exchange', ...layout.farRouters];
      for (const from of [...everyone, ...(layout.hasInside ? ['inside'] : []), ...outside]) {
        expect([from, wayOf(plan, from, '217.76.1.85').arrives]).toEqual([from, isp]);
      }
    });

    test('every router before the box and behind it is on the way, in order, and can be reached', () => {
      const { near_hops = 1, far_hops = 1 } = topology;
      const near = layout.nearRouters;
      const far = layout.farRouters;
      expect([near.length, far.length]).toEqual([near_hops - 1, far_hops - 1]);
      const addresses = addressesOf(layout);
      const { client = '', isp = '' } = layout.accesses[0] ?? {};
      const { way } = wayOf(plan, client, addresses.server.ipv4);
      expect(way.filter((name) => name !== 'gateway')).toEqual([
        ...[client, isp, ...near, ...far, 'exchange'],
      ]);
      for (const [i, router] of [...near, ...far].entries()) {
        const hops = [client, isp, ...near, ...far].slice(0, i + 2);
        const { ipv4 = '' } = addresses[router] ?? {};
        expect(wayOf(plan, client, ipv4)).toMatchObject({ arrives: router, way: hops });
        expect(wayOf(plan, 'server', ipv4)).toMatchObject({ arrives: router });
        expect(wayOf(plan, router, addresses.server.ipv4)).toMatchObject({ arrives: 'server' });
      }
    });

    test('every host has addresses of its own, every interface a name that Linux takes', () => {
      const addresses = Object.values(addressesOf(layout)).flatMap(({ ipv4, ipv6 }) => [
        ipv4,
        ipv6,
      ]);
      expect(new Set(addresses).size).toBe(addresses.length);
      const ends = plan.links.flat();
      const names = ends.map(({ namespace, interfaceName }) => `${namespace} ${interfaceName}`);
      expect(new Set(names).size).toBe(names.length);
      expect(ends.every(({ interfaceName }) => interfaceName.length <= 15)).toBe(true);
      const macs = ends.map(({ mac }) => mac);
      expect(new Set(macs).size).toBe(macs.length);
    });

    test('what is not the lab’s has no way out', () => {
      expect(wayOf(plan, 'exchange', '203.0.113.1').arrives).toBe('nowhere');
    });
  },
);

/** As the kernels and the boxes would carry a packet: by routes, addresses and links of the plan. */
function wayOf(
  { namespaces, links }: NetworkPlan,
  from: string,
  to: string,
): { readonly arrives: string; readonly boxes: string[]; readonly way: string[] } {
  const boxes: string[] = [];
  const way: string[] = [];
  let at = from;
  for (let hops = 0; hops < 20; hops++) {
    const ends = links.flat().filter(({ namespace }) => namespace === at);
    const own = ends.flatMap(({ addresses }) => addresses.map((address) => address.split('/')[0]));
    if (own.includes(to)) return { arrives: at, boxes, way };
    const routes = namespaces.find(({ name }) => name === at)?.routes ?? [];
    way.push(at);
    const route = routes
      .filter(({ to: network }) => contains(network, to))
      .sort((a, b) => prefixOf(b.to) - prefixOf(a.to))[0];
    const next = ends.find(({ addresses }) => addresses.some((one) => contains(one, to)))
      ? to
      : route?.via;
    const out = ends.find(({ addresses }) => addresses.some((one) => contains(one, next ?? '')));
    if (next === undefined || out === undefined) return { arrives: 'nowhere', boxes, way };
    let far = otherEnd(links, out);
    while (far.namespace === 'middlebox') {
      const isLeft = far.interfaceName.endsWith('left');
      const name = far.interfaceName.replace(/(left|right)$/, isLeft ? 'right' : 'left');
      boxes.push(far.interfaceName.replace(/right$/, 'left'));
      const through = links
        .flat()
        .find((end) => end.namespace === 'middlebox' && end.interfaceName === name);
      if (through === undefined) return { arrives: 'nowhere', boxes, way };
      far = otherEnd(links, through);
    }
    at = far.namespace;
  }
  return { arrives: 'nowhere', boxes, way };
}

type End = NetworkPlan['links'][number][0];

function otherEnd(links: NetworkPlan['links'], end: End): End {
  const link = links.find((both) => both.includes(end)) as NetworkPlan['links'][number];
  return link[0] === end ? link[1] : link[0];
}

function contains(network: string, address: string): boolean {
  if (network.includes(':') || address === '') return false;
  const shift = 32 - prefixOf(network);
  const number = (text: string): number =>
    text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const of = (text: string): number => Math.floor(number(text) / 2 ** shift);
  return of(network.split('/')[0] ?? '') === of(address);
}

function prefixOf(network: string): number {
  return Number(network.split('/')[1]);
}
