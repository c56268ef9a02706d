import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../../src/dataplane/capture/capture-reader.ts';
import {
  block,
  comment,
  enhancedPacket,
  interfaceBlock,
  middleboxHeader,
  obsoletePacket,
  option,
  pcapFile,
  readCapture,
  sectionHeader,
  simplePacket,
  u64,
} from '../../support/capture.ts';
import { temporaryFile } from '../../support/folder.ts';
import { concat, hex } from '../../support/packets.ts';

const ORDERS = ['little', 'big'] as const;
const FIRST = hex`01 02 03 04 05`;
const SECOND = hex`0a 0b 0c 0d 0e 0f 10 11`;
const MICROSECONDS = 1_490_614_200_123_457n; // 2017-03-27 11:30:00.123457 UTC
const TIME_MS = 1_490_614_200_123.457;

describe.each(ORDERS)('a %s-endian pcap file', (order) => {
  test.each([
    { unit: 'µs', hasNanoseconds: false, ticks: MICROSECONDS },
    { unit: 'ns', hasNanoseconds: true, ticks: MICROSECONDS * 1000n + 10n },
  ])('with times in $unit has its packets in order', ({ hasNanoseconds, ticks }) => {
    const path = temporaryFile(
      pcapFile({ order, hasNanoseconds, linkType: 101 }, [
        { bytes: FIRST, ticks },
        { bytes: SECOND, ticks: 0n, originalLength: 1500 },
      ]),
    );
    const { packets, truncation } = readCapture(path);
    expect(truncation).toBeUndefined();
    expect(packets).toMatchObject([
      { bytes: [...FIRST], originalLength: 5, index: 1, offset: 24, linkType: 101 },
      { bytes: [...SECOND], originalLength: 1500, timeMs: 0, index: 2, offset: 45 },
    ]);
    expect(packets[0]?.timeMs).toBeCloseTo(TIME_MS, 3);
  });
});

describe.each(ORDERS)('a %s-endian pcapng file', (order) => {
  const head = concat(sectionHeader(order), interfaceBlock({}, order));

  test('has packets of every kind', () => {
    const ticks = MICROSECONDS;
    const options = [comment('seen', order)];
    const file = concat(
      head,
      interfaceBlock({ linkType: 113 }, order),
      enhancedPacket({ bytes: FIRST, ticks, interfaceIndex: 1, originalLength: 60 }, order),
      obsoletePacket({ bytes: SECOND, ticks: ticks + 2_000_000n, options }, order),
      simplePacket({ bytes: FIRST }, order),
    );
    const { packets } = readCapture(temporaryFile(file));
    expect(packets).toMatchObject([
      { bytes: [...FIRST], interfaceIndex: 1, linkType: 113, originalLength: 60, options: [] },
      { bytes: [...SECOND], interfaceIndex: 0, linkType: 1, options: [...(options[0] ?? [])] },
      { bytes: [...FIRST], interfaceIndex: 0, linkType: 1, originalLength: 5, options: [] },
    ]);
    expect(packets[0]?.timeMs).toBeCloseTo(TIME_MS, 3);
    expect(packets[1]?.timeMs).toBeCloseTo(TIME_MS + 2000, 3);
  });

  test.each([
    { name: 'milliseconds', resolution: 3, ticks: 1_490_614_200_123n, want: 1_490_614_200_123 },
    { name: 'ns', resolution: 9, ticks: MICROSECONDS * 1000n, want: TIME_MS },
    { name: '2⁻¹⁰ s', resolution: 0x8a, ticks: (1_490_614_200n << 10n) + 512n, want: TIME_500 },
    {
      name: '2⁻³² s',
      resolution: 0xa0,
      ticks: (1_490_614_200n << 32n) + (1n << 31n),
      want: TIME_500,
    },
  ])('counts time in $name where its interface says so', ({ resolution, ticks, want }) => {
    const options = [option(9, Uint8Array.of(resolution), order)];
    const file = concat(
      sectionHeader(order),
      interfaceBlock({ options }, order),
      enhancedPacket({ bytes: FIRST, ticks }, order),
    );
    expect(readCapture(temporaryFile(file)).packets[0]?.timeMs).toBeCloseTo(want, 3);
  });

  test.each([
    { offset: 1_490_614_200n, want: 1_490_614_201_500 },
    { offset: -1n, want: 500 },
  ])('adds an interface’s time offset of $offset s', ({ offset, want }) => {
    const options = [option(14, u64(offset, order), order)];
    const file = concat(
      sectionHeader(order),
      interfaceBlock({ options }, order),
      enhancedPacket({ bytes: FIRST, ticks: 1_500_000n }, order),
    );
    expect(readCapture(temporaryFile(file)).packets[0]?.timeMs).toBe(want);
  });

  test('may hold blocks that nobody knows, longer than memory', () => {
    const unknown = block(0x0bad, new Uint8Array(3_000_000).fill(0x55), order);
    const file = concat(head, unknown, enhancedPacket({ bytes: FIRST }, order), unknown);
    const { packets, truncation } = readCapture(temporaryFile(file));
    expect(packets).toMatchObject([{ bytes: [...FIRST], offset: head.length + unknown.length }]);
    expect(truncation).toBeUndefined();
  });

  test('describes the interfaces of each section anew, in the section’s own order', () => {
    const other = order === 'little' ? 'big' : 'little';
    const file = concat(
      head,
      enhancedPacket({ bytes: FIRST }, order),
      sectionHeader(other, [1, 2]),
      interfaceBlock({ linkType: 101 }, other),
      enhancedPacket({ bytes: SECOND }, other),
    );
    expect(readCapture(temporaryFile(file)).packets).toMatchObject([
      { bytes: [...FIRST], linkType: 1 },
      { bytes: [...SECOND], linkType: 101 },
    ]);
  });

  test('cuts simple packets at the snapshot length, which only the interface knows', () => {
    const file = concat(
      sectionHeader(order),
      interfaceBlock({ snapLength: 6 }, order),
      simplePacket({ bytes: SECOND.subarray(0, 6), originalLength: 1500 }, order),
    );
    expect(readCapture(temporaryFile(file)).packets).toMatchObject([
      { bytes: [...SECOND.subarray(0, 6)], originalLength: 1500 },
    ]);
  });
});

test('a simple packet takes the time of the packet before', () => {
  const file = concat(
    sectionHeader(),
    interfaceBlock(),
    enhancedPacket({ bytes: FIRST, ticks: 5_000_000n }),
    simplePacket({ bytes: FIRST }),
  );
  const times = readCapture(temporaryFile(file)).packets.map(({ timeMs }) => timeMs);
  expect(times).toEqual([5000, 5000]);
});

test('a simple packet is neither a copy nor of a profile, as the packet before it may be', () => {
  const head = concat(middleboxHeader('strict'), interfaceBlock());
  const sent = enhancedPacket({ bytes: FIRST, options: [option(2, hex`02 00 00 00`)] });
  const file = concat(head, sent, simplePacket({ bytes: SECOND }));
  const reader = new CaptureReader(temporaryFile(file));
  expect(reader.next()).toBe(true);
  const { isCopy, profile, box } = reader.packet;
  expect({ isCopy, profile, box }).toEqual({ isCopy: true, profile: 'strict', box: 0 });
  expect(reader.next()).toBe(true);
  expect(reader.packet.isCopy).toBe(false);
  expect([reader.packet.profile, reader.packet.box]).toEqual([undefined, undefined]);
  reader.close();
});

test('packets that together are longer than memory keep their bytes', () => {
  const packets = Array.from({ length: 200 }, (_, i) => ({
    bytes: new Uint8Array(20_000 + i).fill(i),
  }));
  const seen = readCapture(temporaryFile(pcapFile({}, packets))).packets;
  expect(seen.map(({ bytes }) => bytes.length)).toEqual(packets.map(({ bytes }) => bytes.length));
  expect(seen.every(({ bytes }, i) => bytes.every((byte) => byte === i))).toBe(true);
});

test('the upper half of a pcap link type says other things', () => {
  const file = pcapFile({ linkType: 0x5400_0001 }, [{ bytes: FIRST }]);
  expect(readCapture(temporaryFile(file)).packets).toMatchObject([{ linkType: 1 }]);
});

describe('a file that ends too early', () => {
  const pcap = pcapFile({}, [{ bytes: FIRST }, { bytes: SECOND }]);
  const pcapng = concat(
    sectionHeader(),
    interfaceBlock(),
    enhancedPacket({ bytes: FIRST }),
    enhancedPacket({ bytes: SECOND }),
  );
  const cutAt = pcapng.length - 40;
  const unknown = concat(sectionHeader(), interfaceBlock(), block(0x0bad, new Uint8Array(50)));

  test.each([
    { name: 'in a pcap packet', file: pcap.subarray(0, -3), packets: 1, offset: 45, missing: 3 },
    { name: 'in a record header', file: pcap.subarray(0, 50), packets: 1, offset: 45, missing: 11 },
    { name: 'between pcap packets', file: pcap.subarray(0, 45), packets: 1 },
    {
      name: 'in a pcapng packet',
      file: pcapng.subarray(0, -1),
      packets: 1,
      offset: cutAt,
      missing: 1,
    },
    {
      name: 'in a block’s header',
      file: pcapng.subarray(0, cutAt + 4),
      packets: 1,
      offset: cutAt,
      missing: 8,
    },
    { name: 'between blocks', file: pcapng.subarray(0, cutAt), packets: 1 },
    {
      name: 'in a block that is skipped',
      file: unknown.subarray(0, -30),
      packets: 0,
      offset: 48,
      missing: 30,
    },
    {
      name: 'before the length at the end',
      file: unknown.subarray(0, -4),
      packets: 0,
      offset: 48,
      missing: 4,
    },
    { name: 'in the first block', file: pcapng.subarray(0, 20), packets: 0, offset: 0, missing: 8 },
  ])('$name is read as far as it goes', ({ file, packets, offset, missing }) => {
    const read = readCapture(temporaryFile(file));
    expect(read.packets).toHaveLength(packets);
    expect(read.truncation).toEqual(offset === undefined ? undefined : { offset, missing });
  });
});

const TIME_500 = 1_490_614_200_500;
