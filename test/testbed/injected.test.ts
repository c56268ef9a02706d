import { expect, test } from 'vitest';
import { resetsIn, torEnds } from '../../src/testbed/injected.ts';
import type { LabEvent } from '../../src/testbed/lab.ts';

const EVENTS = [
  decision('10.0.0.1:1000', '10.0.0.9:80', [
    { to: 'client', flags: 'R' },
    { to: 'server', flags: 'RA' },
  ]),
  decision('10.0.0.1:1001', '10.0.0.9:9001', [{ to: 'client', flags: 'R' }]),
  decision('10.0.0.1:1002', '10.0.0.9:80', [{ to: 'client', flags: 'FA' }, { to: 'client' }]),
  { event: 'middlebox-died', time: '', how: '' } as LabEvent,
];

test.each([
  { client: undefined, exceptServers: [], seen: { client: 2, server: 1 } },
  { client: '10.0.0.1:1000', exceptServers: [], seen: { client: 1, server: 1 } },
  {
    client: '10.0.0.1:1000',
    server: '10.0.0.9:443',
    exceptServers: [],
    seen: { client: 0, server: 0 },
  },
  { client: undefined, exceptServers: ['10.0.0.9:9001'], seen: { client: 1, server: 1 } },
  { client: '10.0.0.1:1002', exceptServers: [], seen: { client: 0, server: 0 } },
])('RSTs of $client, but not with $exceptServers: $seen', ({ seen, ...scope }) => {
  expect(resetsIn(EVENTS, scope)).toEqual(seen);
});

test('a Tor network is where its relays and bridges are', () => {
  const tor = {
    relay_ports: [1, 2, 3],
    directory_ports: [4, 5, 6],
    plain_port: 7,
    obfs4_port: 8,
  } as const;
  expect(
    torEnds({ tor: { ...tor, relay_ports: [1, 2, 3], directory_ports: [4, 5, 6] } }, 'a'),
  ).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((port) => `a:${port}`));
  expect(torEnds({ tor: undefined }, 'a')).toEqual([]);
});

function decision(client: string, server: string, injected: readonly object[]): LabEvent {
  return { event: 'decision', flow: { client, server }, injected } as unknown as LabEvent;
}
