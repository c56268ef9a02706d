import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PcapngWriter } from '../../../src/dataplane/pcapng.ts';
import { fragment } from '../../../src/evasion/geneva/run.ts';
import { buildPacket, type Packet, parsePacket } from '../../../src/evasion/packet.ts';
import { ClientsWire } from '../../../src/testbed/matrix/clients-wire.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { tcpFrame } from '../../support/packets.ts';

/* What left clients, by port, from a capture that goes on being written. */

const ALONG = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 10_001, dstPort: 80 };
const BACK = { src: '198.18.0.80', dst: '10.0.0.1', srcPort: 80, dstPort: 10_001 };
const REQUEST = tcpFrame({ ...ALONG, seq: 1, ack: 1, flags: 'PA', payload: new Uint8Array(64) });
const ANSWER = tcpFrame({ ...BACK, seq: 1, ack: 65, flags: 'A' });
const INNER = 0;
const OUTER = 1;

test('each packet once, in order, as it was beyond what rewrites it', () => {
  const { writer, wire } = open();
  write(writer, INNER, false, REQUEST); // as the client's kernel said it
  write(writer, OUTER, true, REQUEST);
  write(writer, OUTER, false, ANSWER);
  writer.flush();
  expect(wire.take(10_001).map(({ way, frame }) => [way, frame.length])).toEqual([
    ['out', REQUEST.length],
    ['in', ANSWER.length],
  ]);
  expect(wire.take(10_001)).toEqual([]);
  write(writer, OUTER, true, REQUEST);
  writer.flush();
  expect(wire.take(10_001)).toHaveLength(1);
  expect(wire.take(10_002)).toEqual([]);
  wire.close();
  writer.close();
});

test.each([
  ['in order', [0, 1]],
  ['the later one first', [1, 0]],
])('fragments, %s, are with the port that is in the first', (_, order) => {
  const { writer, wire } = open();
  const parts = fragment(parsePacket(REQUEST) as Packet, { size: 3 }).map(buildPacket);
  for (const i of order) write(writer, OUTER, true, parts[i] as Uint8Array);
  writer.flush();
  const sent = order.map((i) => parts[i]);
  expect(wire.take(10_001).map(({ frame }) => frame)).toEqual(sent);
  wire.close();
  writer.close();
});

test('of ports that nobody asked about nothing is kept', () => {
  const { writer, wire } = open((port) => port !== 10_001);
  write(writer, OUTER, true, REQUEST);
  writer.flush();
  expect(wire.take(10_001)).toEqual([]);
  wire.close();
  writer.close();
});

function open(isOfInterest = (_: number): boolean => true) {
  const file = join(temporaryFolder(), 'clients.pcapng');
  const writer = new PcapngWriter(file, ['in-client', 'out-client']);
  return { writer, wire: new ClientsWire(file, isOfInterest) };
}

function write(writer: PcapngWriter, at: number, isOutbound: boolean, frame: Uint8Array): void {
  writer.write({ interfaceIndex: at, isOutbound, at: 0 }, frame, 0, frame.length);
}
