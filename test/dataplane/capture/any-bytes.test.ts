import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChokepointError } from '../../../src/base/errors.ts';
import { AnnotatedCapture } from '../../../src/dataplane/capture/annotated-capture.ts';
import { CaptureReader } from '../../../src/dataplane/capture/capture-reader.ts';
import { FrameView } from '../../../src/dataplane/capture/link-layer.ts';
import {
  block,
  comment,
  enhancedPacket,
  interfaceBlock,
  obsoletePacket,
  option,
  pcapFile,
  sectionHeader,
  simplePacket,
} from '../../support/capture.ts';
import { temporaryFile, temporaryFolder } from '../../support/folder.ts';
import { concat, tcpFrame } from '../../support/packets.ts';

const SEGMENT = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 1, dstPort: 80, seq: 1, ack: 1 };
const FRAME = tcpFrame({ ...SEGMENT, flags: 'A' });
const IP = FRAME.slice(14);
/** Under the smallest object V8 makes. */
const BYTES_PER_PACKET = 8;

const FILES = (['little', 'big'] as const).flatMap((order) => [
  pcapFile({ order }, [{ bytes: FRAME }, { bytes: FRAME }]),
  pcapFile({ order, hasNanoseconds: true, linkType: 276 }, [{ bytes: FRAME }, { bytes: FRAME }]),
  concat(
    sectionHeader(order),
    interfaceBlock({ options: [option(9, Uint8Array.of(0x8a), order)] }, order),
    interfaceBlock({ linkType: 101, options: [option(14, new Uint8Array(8), order)] }, order),
    enhancedPacket({ bytes: FRAME, options: [comment('why', order)] }, order),
    block(0x0bad, IP, order),
    enhancedPacket({ bytes: IP, interfaceIndex: 1 }, order),
    obsoletePacket({ bytes: FRAME }, order),
    simplePacket({ bytes: FRAME }, order),
  ),
]);

test('whatever the bytes, reading and copying ends, and throws for people only', () => {
  const folder = temporaryFolder();
  let number = 0;
  fc.assert(
    fc.property(damagedFile(), (file) => {
      const path = join(folder, `${number++}`);
      writeFileSync(path, file);
      try {
        copy(path, `${path}.out`);
      } catch (error) {
        expect(error).toBeInstanceOf(ChokepointError);
        expect((error as ChokepointError).message).toContain(`${path}: at byte `);
      }
    }),
    { numRuns: 500 },
  );
});

test('reading allocates nothing for a packet', () => {
  const packets = Array.from({ length: 5000 }, (_, i) => ({ bytes: FRAME, ticks: BigInt(i) }));
  const options = [comment('why')];
  const files = [
    pcapFile({ linkType: 1 }, packets),
    pcapFile({ linkType: 101, hasNanoseconds: true }, packets),
    concat(
      sectionHeader(),
      interfaceBlock({ linkType: 113 }),
      ...packets.map((packet) => enhancedPacket({ ...packet, options })),
    ),
  ].map((file) => temporaryFile(file));
  for (const file of files) {
    for (let i = 0; i < 10; i++) growthPerPacket(file);
    const growths = Array.from({ length: 21 }, () => growthPerPacket(file)).sort((a, b) => a - b);
    expect(growths[10]).toBeLessThan(BYTES_PER_PACKET);
  }
});

/** A valid file with a few bytes changed, put in, or taken out. */
function damagedFile(): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.integer({ min: 0, max: 8 }),
    put: fc.uint8Array({ maxLength: 8 }),
  });
  return fc
    .tuple(fc.constantFrom(...FILES), fc.array(change, { maxLength: 4 }))
    .map(([file, changes]) =>
      changes.reduce((bytes, { place, removed, put }) => {
        const at = Math.floor(place * bytes.length);
        return concat(bytes.slice(0, at), put, bytes.slice(at + removed));
      }, file),
    );
}

function copy(path: string, output: string): void {
  const reader = new CaptureReader(path);
  const annotated = new AnnotatedCapture(output, reader);
  const view = new FrameView(reader);
  try {
    while (reader.next()) {
      view.decode(reader.packet);
      expect(view.at).toBeLessThanOrEqual(view.end);
      expect(view.end).toBeLessThanOrEqual(view.bytes.length);
      annotated.write(['ours']);
    }
  } finally {
    annotated.close();
    reader.close();
  }
}

/** Of the heap, in bytes, from the first packet to the last. */
function growthPerPacket(path: string): number {
  const reader = new CaptureReader(path);
  const view = new FrameView(reader);
  reader.next();
  const before = process.memoryUsage().heapUsed;
  let [count, seen] = [0, 0];
  while (reader.next()) {
    seen ^= view.decode(reader.packet).end;
    count++;
  }
  const growth = process.memoryUsage().heapUsed - before;
  reader.close();
  expect([count, seen]).not.toContain(-1);
  return growth / count;
}
