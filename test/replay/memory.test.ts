import { expect, test } from 'vitest';
import { observe } from '../../src/replay/observe.ts';
import { SegmentVersions } from '../../src/replay/segment-versions.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { pcapFile } from '../support/capture.ts';
import { temporaryFile } from '../support/folder.ts';
import { ascii, tcpFrame } from '../support/packets.ts';

const FLOWS = 100;
const FEW = 20_000;
const MANY = 200_000;
/** Under the smallest object V8 makes; a kept entry of a map takes more. */
const BYTES_PER_PACKET = 8;

test('observe keeps nothing of packets, only of flows', () => {
  heapAfter(FEW); // V8 has compiled it then
  const few = heapAfter(FEW);
  const many = heapAfter(MANY);
  expect((many - few) / (MANY - FEW)).toBeLessThan(BYTES_PER_PACKET);
});

test('room for the bytes of segments is made as flows come, so that a small capture is read at once', () => {
  const before = process.memoryUsage().arrayBuffers;
  const versions = new SegmentVersions(7);
  const ends = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 1024, dstPort: 80 };
  const bytes = tcpFrame({ ...ends, seq: 1, ack: 1, flags: 'PA', payload: ascii('hello') });
  const packet = new PacketView();
  packet.decode(bytes, 0, bytes.length);
  expect([versions.isOther(packet), versions.isOther(packet)]).toEqual([false, false]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 20);
});

/** What is in use when the first flow is told, which is before anything is let go. */
function heapAfter(packets: number): number {
  let heap = 0;
  observe(captureOf(packets), () => {
    heap ||= heapInUse();
  });
  return heap;
}

function heapInUse(): number {
  if (gc === undefined) throw new Error('run with node --expose-gc');
  gc();
  return process.memoryUsage().heapUsed;
}

/** The flows take turns, so that each packet is of another flow than the one before. */
function captureOf(packets: number): string {
  const ends = { src: '10.0.0.1', dst: '198.18.0.80', dstPort: 80 };
  const round = Array.from({ length: FLOWS }, (_, i) => ({
    bytes: tcpFrame({ ...ends, srcPort: 1024 + i, seq: 1, ack: 1, flags: 'A' }),
  }));
  const header = pcapFile({}, []);
  const records = pcapFile({}, round).subarray(header.length);
  return temporaryFile(Buffer.concat([header, ...Array(packets / FLOWS).fill(records)]));
}
