import { describe, expect, test } from 'vitest';
import { formatLocated, renderLocated } from '../../src/report/locate.ts';
import type { LocateResult } from '../../src/testbed/locate.ts';
import type { DirectionResult } from '../../src/testbed/locate-result.ts';
import { directionResult } from '../support/located.ts';

test('the box is drawn between its neighbours, with the figures below', () => {
  expect(renderLocated(resultOf({}), 80)).toBe(
    `client to server: http.host=meydan.tv to port 80, beside http.host=example.org
  to port 80
   0 ┬ client
   1 ┼ isp       198.18.1.1         0.0 ms
    ███ box in-path, 1.6 ± 0.0 ms (10)
   2 ┼ exchange  198.18.0.2        41.6 ms
   3 ┴ server    198.18.3.2        41.7 ms
  trigger to first injected packet: 1.57 ± 0.04 ms (10)
  round trip to the server: 41.72 ± 0.08 ms (10 of 28); 40.15 ms of it beyond
    the box
  (median of the fastest tries, ± half the distance between their quartiles)
  interfered with: 13 of 13 triggers
  injected: 1 × R, arrives with TTL 63, IP ID 0, window 0, seq exact
  its TTL is always 64 at the box
  afterwards: nothing goes on`,
  );
});

describe('what else may have been found', () => {
  test.each<{ name: string; fields: Partial<DirectionResult>; says: string }>([
    {
      name: 'no box',
      fields: { box: null, why: 'the blocked trigger fares as the allowed one does' },
      says: 'no box located: the blocked trigger fares as the allowed one does',
    },
    {
      name: 'a router that keeps silent',
      fields: { box: { ...place(), is_exact: false } },
      says: 'box in-path, 1.6 ± 0.0 ms (10), or before: a router keeps silent',
    },
    { name: 'a copied TTL', fields: { ttl: { mode: 'copied', value: null } }, says: 'is copied' },
    {
      name: 'something that goes on',
      fields: {
        residual: {
          scope: '3-tuple',
          untold: ['source'],
          duration_ms: { at_least: 1500, at_most: 1560, is_refreshed: true },
        },
      },
      says: 'afterwards: connections to the same port of the server, 1.5 s to 1.6 s, anew',
    },
    {
      name: 'something that goes on for longer than was waited for',
      fields: { residual: { scope: 'source', untold: [], duration_ms: { longer_than: 10_000 } } },
      says: "afterwards: all of the client's, longer than 10.0 s",
    },
    {
      name: 'a lab that is otherwise',
      fields: { agrees: false, lab: { ...place(), after: 'near-2', before: 'far-1' } },
      says: 'NOT as in the lab: there, the box is between near-2 and far-1, in-path',
    },
  ])('$name', ({ fields, says }) => {
    expect(renderLocated(resultOf(fields), 80)).toContain(says);
  });
});

test('where nothing was measured, no box of the lab is told to be missed', () => {
  const why = 'the server never answered the allowed trigger';
  const text = renderLocated(resultOf({ agrees: false, box: null, lab: null, why }), 80);
  expect(text).toContain(`no box located: ${why}`);
  expect(text).not.toContain('NOT as in the lab');
});

test('no line is wider than it may be, with sixteen routers of long names', () => {
  const path = Array.from({ length: 17 }, (_, i) => ({
    ...{ hop: i + 1, name: `router-of-network-${i}`, address: '198.18.100.100', rtt_ms: 10_000 },
  }));
  const lines = renderLocated(resultOf({ path }), 80).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
});

test.each<{ directions: Partial<DirectionResult>[]; says: string }>([
  { directions: [{}], says: 'from client at hop 2; as it is in the lab' },
  {
    directions: [{ box: null, agrees: false }],
    says: 'no box seen from client; which is NOT as it is in the lab',
  },
  {
    directions: [{ box: null, lab: null }],
    says: 'no box seen from client; as it is in the lab',
  },
  {
    directions: [{ box: null, lab: null, agrees: false }],
    says: 'nothing measured from client; not all is compared with the lab',
  },
  {
    directions: [{}, { from: 'control', box: null, lab: null, agrees: false }],
    says: 'from client at hop 2, nothing measured from control; not all is compared with the lab',
  },
  {
    directions: [
      { lab: null, agrees: false },
      { from: 'control', box: null, lab: null, agrees: false },
    ],
    says: 'from client at hop 2, nothing measured from control; which is NOT as it is in the lab',
  },
])('the last line says whether it is right: $says', ({ directions, says }) => {
  const all = directions.map(directionResult);
  const result = { directions: all, agrees: all.every(({ agrees }) => agrees) };
  expect(formatLocated({ ...resultOf({}), ...result })).toBe(`az-2017, profile packet: ${says}`);
});

function place() {
  return { hop: 2, after: 'isp', before: 'exchange', position: 'in-path' } as const;
}

function resultOf(fields: Partial<DirectionResult>): LocateResult {
  const directions = [directionResult(fields)];
  return { scenario: 'az-2017', profile: 'packet', agrees: true, directions };
}
