import { expect, test } from 'vitest';
import { observe } from '../../src/replay/observe.ts';
import { pcapFile } from '../support/capture.ts';
import { temporaryFile } from '../support/folder.ts';
import { httpRequest, tcpFrame } from '../support/packets.ts';

/** Under the smallest object V8 makes. */
const BYTES_PER_PACKET = 8;
const FLOWS = 32;
const ROUNDS = 32;
const SHARES = 120;

/** The packets have whole numbers of milliseconds: V8 boxes others. */
test('observe allocates nothing for a packet of a known flow', () => {
  const heap: number[] = [];
  const file = temporaryFile(capture());
  expect(observe(file, () => heap.push(process.memoryUsage().heapUsed)).flows).toBe(SHARES + FLOWS);
  const growths = heap.slice(0, SHARES - 1).map((used, i) => (heap[i + 1] as number) - used);
  // V8 has compiled everything in the second half.
  const late = growths.slice(SHARES / 2).sort((a, b) => a - b);
  const median = late[late.length >>> 1] as number;
  expect(median / (ROUNDS * 2 * FLOWS)).toBeLessThan(BYTES_PER_PACKET);
});

/** A flow that is told at the end of each share, and between them packets of others: data that comes again, and its ACKs. */
function capture(): Buffer {
  const header = pcapFile({}, []);
  const ends = { src: '10.0.0.1', dst: '198.18.0.80', dstPort: 80 };
  const [along, back] = [ends, { src: ends.dst, dst: ends.src, srcPort: 80 }];
  const payload = httpRequest({ host: 'www.example.org' });
  const round = Array.from({ length: FLOWS }, (_, i) => [
    tcpFrame({ ...along, srcPort: 1024 + i, seq: 1, ack: 1, flags: 'PA', payload }),
    tcpFrame({ ...back, dstPort: 1024 + i, seq: 1, ack: 1 + payload.length, flags: 'A' }),
  ]).flat();
  const records = recordsOf(round);
  const shares = Array.from({ length: SHARES }, (_, i) => [
    recordsOf([tcpFrame({ ...along, srcPort: 999, seq: i * 1000, ack: 0, flags: 'S' })]),
    ...Array<Buffer>(ROUNDS).fill(records),
  ]);
  return Buffer.concat([header, ...shares.flat()]);

  function recordsOf(frames: readonly Uint8Array[]): Buffer {
    const file = pcapFile(
      {},
      frames.map((bytes) => ({ bytes })),
    );
    return Buffer.from(file.subarray(header.length));
  }
}
