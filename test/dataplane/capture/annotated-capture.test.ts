import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AnnotatedCapture } from '../../../src/dataplane/capture/annotated-capture.ts';
import { CaptureReader } from '../../../src/dataplane/capture/capture-reader.ts';
import {
  block,
  comment,
  enhancedPacket,
  interfaceBlock,
  type Order,
  obsoletePacket,
  option,
  pcapFile,
  readCapture,
  sectionHeader,
  simplePacket,
  u32,
} from '../../support/capture.ts';
import { temporaryFile, temporaryFolder } from '../../support/folder.ts';
import { concat, hex, tcpFrame } from '../../support/packets.ts';

const SEGMENT = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 1, dstPort: 80, seq: 1, ack: 1 };
const FRAME = tcpFrame({ ...SEGMENT, flags: 'A' });
const RESET = tcpFrame({ ...SEGMENT, flags: 'R' });
const TICKS = 1_490_614_200_123_457n;
const ORDERS = ['little', 'big'] as const;
const END = option(0, hex``);

describe.each(ORDERS)('a copy of a %s-endian pcapng file', (order) => {
  const flags = option(2, u32(1, order), order);
  const theirs = comment('theirs', order);
  const packet = { bytes: FRAME, ticks: TICKS, originalLength: 1500 };
  const head = concat(
    sectionHeader(order),
    interfaceBlock({ options: [option(2, Buffer.from('eth0'), order), END] }, order),
    interfaceBlock({ linkType: 101, options: [option(9, Uint8Array.of(9), order)] }, order),
  );

  test('without comments is the file itself', () => {
    const names = block(4, hex`00 00 00 00`, order);
    const secrets = block(10, new Uint8Array(2_000_000).fill(7), order);
    const file = concat(
      head,
      secrets,
      enhancedPacket(packet, order),
      names,
      enhancedPacket({ ...packet, interfaceIndex: 1, options: [theirs, flags, END] }, order),
      names,
    );
    expect(sameBytes(annotate(file, plain), file)).toBe(true);
  });

  test('has our comments after theirs', () => {
    const file = concat(head, enhancedPacket({ ...packet, options: [theirs, flags] }, order));
    const copy = annotate(file, (annotated) => annotated.write(['ours', 'why – so']));
    const options = [theirs, flags, comment('ours', order), comment('why – so', order), END];
    const want = concat(head, enhancedPacket({ ...packet, options }, order));
    expect(sameBytes(copy, want)).toBe(true);
  });

  test('turns older packet blocks into enhanced ones', () => {
    const file = concat(
      head,
      obsoletePacket({ ...packet, options: [theirs] }, order),
      simplePacket({ bytes: FRAME }, order),
    );
    const want = concat(
      head,
      enhancedPacket({ ...packet, options: [theirs, END] }, order),
      enhancedPacket({ bytes: FRAME, ticks: TICKS }, order),
    );
    expect(sameBytes(annotate(file, plain), want)).toBe(true);
  });

  test('has a made packet at the time and on the interface of the one before, as sent', () => {
    const cause = { bytes: FRAME.slice(14), ticks: TICKS, interfaceIndex: 1 };
    const file = concat(head, enhancedPacket(cause, order));
    const copy = annotate(file, (annotated) => {
      annotated.write([]);
      annotated.inject(RESET, ['made']);
    });
    const options = [option(2, u32(2, order), order), comment('made', order), END];
    const made = { ...cause, bytes: RESET.slice(14), options };
    const want = concat(head, enhancedPacket(cause, order), enhancedPacket(made, order));
    expect(sameBytes(copy, want)).toBe(true);
  });

  test('leaves out what must not be copied, and how long the section was', () => {
    const section = sectionHeader(order);
    section.set(u32(1234, order), 16);
    const file = concat(
      section,
      block(0x40000bad, u32(1, order), order),
      interfaceBlock({}, order),
    );
    const want = concat(sectionHeader(order), interfaceBlock({}, order));
    expect(sameBytes(annotate(file, plain), want)).toBe(true);
  });
});

test('sections in different orders stay so', () => {
  const section = (order: Order): Uint8Array =>
    concat(
      sectionHeader(order),
      interfaceBlock({}, order),
      enhancedPacket({ bytes: FRAME, ticks: TICKS }, order),
    );
  const file = concat(section('big'), section('little'), section('big'));
  expect(sameBytes(annotate(file, plain), file)).toBe(true);
});

describe.each(ORDERS)('a copy of a %s-endian pcap file', (order) => {
  test.each([
    { unit: 'µs', hasNanoseconds: false, decimals: 6, ticks: TICKS },
    { unit: 'ns', hasNanoseconds: true, decimals: 9, ticks: TICKS * 1000n + 987n },
    { unit: 'ns, in 2106', hasNanoseconds: true, decimals: 9, ticks: 4_294_967_295_999_999_999n },
  ])('is pcapng with exact times in $unit', ({ hasNanoseconds, decimals, ticks }) => {
    const packet = { bytes: FRAME, ticks, originalLength: 70 };
    const file = pcapFile({ order, hasNanoseconds, linkType: 113 }, [packet]);
    const resolution = option(9, Uint8Array.of(decimals));
    const description = { linkType: 113, snapLength: 262_144, options: [resolution, END] };
    const want = concat(
      sectionHeader(),
      interfaceBlock(description),
      enhancedPacket({ ...packet, options: [comment('ours'), END] }),
    );
    expect(
      sameBytes(
        annotate(file, (annotated) => annotated.write(['ours'])),
        want,
      ),
    ).toBe(true);
  });
});

test('a comment longer than an option is cut after a whole character', () => {
  const file = pcapFile({}, [{ bytes: FRAME }]);
  const copy = annotate(file, (annotated) => annotated.write(['é'.repeat(40_000), 'last']));
  const { options } = readCapture(temporaryFile(copy)).packets[0] ?? { options: [] };
  const bytes = Buffer.from(options);
  expect(bytes.readUInt16LE(2)).toBe(65_534);
  expect(bytes.toString('utf8', 4, 4 + 65_534)).toBe('é'.repeat(32_767));
  expect(bytes.toString('utf8', 4 + 65_536 + 4)).toBe('last');
});

test('blocks longer than the writer’s memory are whole', () => {
  const bytes = new Uint8Array(200_000).fill(3);
  const comments = Array.from({ length: 30 }, (_, i) => `${i}${'-'.repeat(60_000)}`);
  const copy = annotate(pcapFile({}, [{ bytes }]), (annotated) => annotated.write(comments));
  const options = [...comments.map((text) => comment(text)), END];
  const packet = enhancedPacket({ bytes, options });
  expect(sameBytes(copy.subarray(-packet.length), packet)).toBe(true);
});

describe('the output', () => {
  const file = pcapFile({}, [{ bytes: FRAME }]);

  test.each([
    { name: 'a file that exists', path: () => temporaryFile('keep'), message: /exists already$/ },
    { name: 'the capture itself', path: (input: string) => input, message: /exists already$/ },
    {
      name: 'a file in no folder',
      path: () => join(temporaryFolder(), 'no', 'x'),
      message: /cannot be made: ENOENT/,
    },
  ])('is refused: $name', ({ path, message }) => {
    const input = temporaryFile(file);
    const output = path(input);
    const reader = new CaptureReader(input);
    expect(() => new AnnotatedCapture(output, reader)).toThrow(
      expect.objectContaining({ code: 'OUTPUT_FAILED', message: expect.stringMatching(message) }),
    );
    reader.close();
    expect(readFileSync(input).equals(file)).toBe(true);
  });

  test('can be taken back', () => {
    const output = join(temporaryFolder(), 'x.pcapng');
    const reader = new CaptureReader(temporaryFile(file));
    const annotated = new AnnotatedCapture(output, reader);
    expect(existsSync(output)).toBe(true);
    annotated.close();
    annotated.remove();
    expect(existsSync(output)).toBe(false);
    writeFileSync(output, ''); // the descriptor is closed once, and the name is free
    reader.close();
  });
});

/** The bytes of the copy; `each` is called at each packet, to write it. */
function annotate(file: Uint8Array, each: (annotated: AnnotatedCapture) => void): Uint8Array {
  const reader = new CaptureReader(temporaryFile(file));
  const output = join(temporaryFolder(), 'out.pcapng');
  const annotated = new AnnotatedCapture(output, reader);
  while (reader.next()) each(annotated);
  annotated.close();
  reader.close();
  return readFileSync(output);
}

function plain(annotated: AnnotatedCapture): void {
  annotated.write([]);
}

/** Said by one boolean: a failing comparison of long arrays takes minutes to print. */
function sameBytes(bytes: Uint8Array, want: Uint8Array): boolean {
  return Buffer.compare(bytes, want) === 0;
}
