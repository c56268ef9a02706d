import { describe, expect, test } from 'vitest';
import { type Layout, layoutOf } from '../../src/scenario/layout.ts';
import type { Scenario } from '../../src/scenario/schema.ts';

const RTT = { near_rtt_ms: 1, far_rtt_ms: 2 };

describe('a topology stands for', () => {
  test('one network and one box, named without saying which', () => {
    const layout = laidOut({ client: 'katv1', inside: 'azercell', middlebox: 'delta', ...RTT });
    expect(layout.boxes).toEqual([
      { id: 'delta', left: 'left', right: 'right', nearRttMs: 1, farRttMs: 2 },
    ]);
    expect(layout.hosts).toEqual(['client', 'inside', 'server', 'control', 'isp', 'exchange']);
  });

  test('several networks, each with a box of its own', () => {
    const layout = laidOut({ client: ['a', 'b'], middlebox: 'own', ...RTT });
    expect(layout.accesses).toMatchObject([
      { network: 'a', client: 'client-a', isp: 'isp-a', box: { id: 'a', left: 'a-left' } },
      { network: 'b', client: 'client-b', isp: 'isp-b', box: { id: 'b', right: 'b-right' } },
    ]);
    expect([layout.sharedBox, layout.hasGateway]).toEqual([undefined, false]);
  });

  test('several networks that meet before a box', () => {
    const layout = laidOut({ client: ['a', 'b'], middlebox: 't', ...RTT });
    expect(layout.boxes.map(({ id, left }) => [id, left])).toEqual([['t', 'left']]);
    expect([layout.hasGateway, layout.accesses[0]?.box]).toEqual([true, undefined]);
    expect(layout.hosts).toContain('gateway');
  });

  test('a network that goes past the box of the others', () => {
    const layout = laidOut({ client: 'a', bypass: ['b'], middlebox: 't', ...RTT });
    expect(layout.accesses.map(({ client, isBypass }) => [client, isBypass])).toEqual([
      ['client-a', false],
      ['client-b', true],
    ]);
    expect([layout.boxes.length, layout.hasGateway]).toEqual([1, false]);
    expect(layout.hosts).toContain('isp-b');
  });

  test('a network without a box where the others have one each', () => {
    const layout = laidOut({ client: ['a', 'b'], bypass: ['c'], middlebox: 'own', ...RTT });
    expect(layout.accesses.map(({ box }) => box?.id)).toEqual(['a', 'b', undefined]);
  });

  test('routers before the box and behind it, named from the client on', () => {
    const layout = laidOut({ client: 'a', middlebox: 'b', near_hops: 3, far_hops: 2, ...RTT });
    expect(layout.hosts).toEqual([
      ...['client', 'server', 'control', 'isp', 'near-2', 'near-3', 'far-1', 'exchange'],
    ]);
  });

  test('boxes in a row', () => {
    const transit = { network: 't', near_rtt_ms: 3, far_rtt_ms: 4 };
    const layout = laidOut({ client: 'a', middlebox: 'own', transit, ...RTT });
    expect(layout.boxes).toEqual([
      { id: 'a', left: 'a-left', right: 'a-right', nearRttMs: 1, farRttMs: 2 },
      { id: 't', left: 't-left', right: 't-right', nearRttMs: 3, farRttMs: 4 },
    ]);
    expect(layout.hasGateway).toBe(false);
  });
});

function laidOut(topology: Scenario['topology']): Layout {
  return layoutOf({ topology, hosts: undefined });
}
