import { expect, test } from 'vitest';
import { address } from '../../../src/policy/match/address.ts';
import { Observation } from '../../../src/policy/observation.ts';
import { udpFrame } from '../../support/datagrams.ts';
import { tcpFrame } from '../../support/packets.ts';

const ENDS = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 443 };
const IPV6 = { ...ENDS, src: '2001:db8::1', dst: '2001:db8:1::80' };
const SYN = tcpFrame({ ...ENDS, seq: 1, ack: 0, flags: 'S' });
const SYN_OF_IPV6 = tcpFrame({ ...IPV6, seq: 1, ack: 0, flags: 'S' });
const DATAGRAM = udpFrame({ ...ENDS, payload: Uint8Array.of(1) });

test.each<{
  name: string;
  frame: Uint8Array;
  list: string;
  of: 'server' | 'client' | 'either';
  direction?: 'to-client';
  sees?: string;
}>([
  { name: 'the server', frame: SYN, list: '198.18.0.80', of: 'server', sees: '198.18.0.80:443' },
  { name: 'the client', frame: SYN, list: '10.0.0.0/8', of: 'client', sees: '10.0.0.1:40000' },
  { name: 'not the client, for a server', frame: SYN, list: '10.0.0.1', of: 'server' },
  { name: 'not the server, for a client', frame: SYN, list: '198.18.0.80', of: 'client' },
  { name: 'either: the server', frame: SYN, list: '*:443', of: 'either', sees: '198.18.0.80:443' },
  {
    name: 'either: the client',
    frame: SYN,
    list: '10.0.0.1',
    of: 'either',
    sees: '10.0.0.1:40000',
  },
  { name: 'neither', frame: SYN, list: '10.0.0.2', of: 'either' },
  { name: 'not at another port', frame: SYN, list: '198.18.0.80:80', of: 'server' },
  {
    name: 'over IPv6',
    frame: SYN_OF_IPV6,
    list: '2001:db8:1::/48',
    of: 'server',
    sees: '[2001:db8:1::80]:443',
  },
  {
    name: 'over UDP',
    frame: DATAGRAM,
    list: '198.18.0.80:443/udp',
    of: 'server',
    sees: '198.18.0.80:443',
  },
  { name: 'not over UDP', frame: DATAGRAM, list: '198.18.0.80:443/tcp', of: 'server' },
  {
    name: 'the server, in a packet to the client',
    frame: SYN,
    list: '10.0.0.1',
    of: 'server',
    direction: 'to-client',
    sees: '10.0.0.1:40000',
  },
])('an address in the list is seen: $name', ({ frame, list, of, direction, sees }) => {
  const seen = new Observation();
  const packet = seen.packet.decode(frame, 0, frame.length);
  seen.direction = direction ?? 'to-server';
  seen.of('address', frame, packet.srcAt, packet.transportAt);
  expect(address({ addresses: [list], of }).matches(seen)).toBe(sees !== undefined);
  if (sees !== undefined) expect(seen.matchedText).toBe(sees);
});
