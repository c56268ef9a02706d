import { describe, expect, test } from 'vitest';
import type { Located } from '../../src/probe/locate/locate.ts';
import { type DirectionFacts, resultOf } from '../../src/testbed/locate-result.ts';

const LAB = { hop: 2, after: 'isp', before: 'exchange', position: 'in-path' } as const;
const FACTS: DirectionFacts = {
  ...{ from: 'client', to: 'server', address: '198.18.3.2', rule: 'r', blocked: 'b', allowed: 'a' },
  names: new Map([
    ['198.18.1.1', 'isp'],
    ['198.18.0.2', 'exchange'],
  ]),
  lab: LAB,
};
const times = (median: number) => ({ median, spread: 0.01234, tries: 10, of: 12 });
const LOCATED: Located = {
  path: [
    { hop: 1, address: '198.18.1.1', rtt: 0.03 },
    { hop: 2, address: '198.18.0.2', rtt: 41.5 },
    { hop: 3, address: undefined, rtt: 41.6 },
  ],
  server: { hop: 3, ttl: 62 },
  interfered: { count: 9, of: 9 },
  box: { after: 1, before: 2, position: 'in-path' },
  ttl: { mode: 'fixed', routers: undefined },
  distance: times(1.5678),
  rtt: times(41.6),
  fingerprint: {
    ...{ flags: 'R', ttl: 63, ipId: 'copied', window: 0, count: 1, seq: [0], payloadLength: 0 },
  },
  residual: undefined,
};

test('hops have the names of the lab, times are to a microsecond, and a fixed TTL is that at the box', () => {
  expect(resultOf(LOCATED, FACTS)).toMatchObject({
    path: [
      { hop: 1, name: 'isp', address: '198.18.1.1', rtt_ms: 0.03 },
      { hop: 2, name: 'exchange' },
      { hop: 3, name: 'server', address: '198.18.3.2' },
    ],
    box: { ...LAB, is_exact: true },
    distance_ms: { median: 1.568, spread: 0.012, tries: 10, of: 12 },
    beyond_ms: 40.032,
    ttl: { mode: 'fixed', value: 64 },
    fingerprint: { ip_id: 'copied', payload_length: 0 },
    residual: null,
    agrees: true,
  });
});

describe('what was found agrees with the lab, or does not', () => {
  test.each<{ name: string; located: Partial<Located>; lab: typeof LAB | null; agrees: boolean }>([
    { name: 'the same place', located: {}, lab: LAB, agrees: true },
    {
      name: 'another place',
      located: { box: { after: 2, before: 3, position: 'in-path' } },
      lab: LAB,
      agrees: false,
    },
    {
      name: 'the same place, another position',
      located: { box: { after: 1, before: 2, position: 'on-path' } },
      lab: LAB,
      agrees: false,
    },
    {
      name: 'one of two places',
      located: { box: { after: 0, before: 2, position: 'in-path' } },
      lab: LAB,
      agrees: false,
    },
    { name: 'nothing, where a box acted', located: { box: undefined }, lab: LAB, agrees: false },
    { name: 'nothing, where none did', located: { box: undefined }, lab: null, agrees: true },
    {
      name: 'nothing, where the allowed trigger was never answered',
      located: { box: undefined, server: undefined },
      lab: null,
      agrees: false,
    },
    { name: 'a box, where none acted', located: {}, lab: null, agrees: false },
  ])('$name', ({ located, lab, agrees }) => {
    expect(resultOf({ ...LOCATED, ...located }, { ...FACTS, lab }).agrees).toBe(agrees);
  });
});

describe('where no box was found it is said why', () => {
  test.each<{ located: Partial<Located>; why: string }>([
    { located: { server: undefined }, why: 'the server never answered the allowed trigger' },
    { located: { interfered: { count: 0, of: 9 } }, why: 'fares as the allowed one does' },
    { located: {}, why: 'what follows the trigger is dropped, or the box is on the last link' },
  ])('$why', ({ located, why }) => {
    const result = resultOf({ ...LOCATED, box: undefined, ...located }, FACTS);
    expect(result.why).toContain(why);
    expect(result.box).toBeNull();
  });
});
