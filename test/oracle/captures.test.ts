import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AnnotatedCapture } from '../../src/dataplane/capture/annotated-capture.ts';
import { CaptureReader } from '../../src/dataplane/capture/capture-reader.ts';
import {
  block,
  comment,
  enhancedPacket,
  interfaceBlock,
  option,
  pcapFile,
  readCapture,
  type Seen,
  sectionHeader,
  simplePacket,
} from '../support/capture.ts';
import { temporaryFile, temporaryFolder } from '../support/folder.ts';
import { ascii, concat, hex, tcpFrame } from '../support/packets.ts';

/* What we read and write, as Wireshark's programs (Debian: tshark) read and write it. */

const SEGMENT = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80, ack: 1 };
const RESET = tcpFrame({ ...SEGMENT, seq: 1, flags: 'R' });
const PACKETS = Array.from({ length: 50 }, (_, i) => ({
  bytes: tcpFrame({ ...SEGMENT, seq: i * 7, flags: 'PA', payload: ascii('x'.repeat(i)) }),
  ticks: 1_490_614_200_123_457n + BigInt(i) * 1_234_567n,
  originalLength: 54 + i + (i % 3),
}));

describe('files that editcap writes', () => {
  const input = pcapFile({}, PACKETS);
  test.each(['pcap', 'nsecpcap', 'pcapng'])('as %s are read as tshark reads them', (format) => {
    const path = join(temporaryFolder(), 'x');
    run('editcap', '-F', format, temporaryFile(input), path);
    expectSameReading(path, PACKETS.length);
  });

  test.each([
    { encapsulation: 'rawip', linkType: 101 },
    { encapsulation: 'linux-sll', linkType: 113 },
    { encapsulation: 'linux-sll2', linkType: 276 },
    { encapsulation: 'null', linkType: 0 },
    { encapsulation: 'loop', linkType: 108 },
    { encapsulation: 'rawip4', linkType: 228 },
    { encapsulation: 'rawip6', linkType: 229 },
    { encapsulation: 'ieee-802-11-radiotap', linkType: 127 },
  ])('with -T $encapsulation have link type $linkType', ({ encapsulation, linkType }) => {
    for (const format of ['pcap', 'pcapng']) {
      const path = join(temporaryFolder(), 'x');
      run('editcap', '-F', format, '-T', encapsulation, temporaryFile(input), path);
      expect(readCapture(path).packets[0]?.linkType).toBe(linkType);
    }
  });

  test.each([
    { format: 'modpcap', found: 'a modified pcap file' },
    { format: 'snoop', found: 'a Sun snoop capture' },
    { format: 'netmon1', found: 'a Microsoft Network Monitor 1 capture' },
    { format: 'netmon2', found: 'a Microsoft Network Monitor 2 capture' },
    { format: 'ngsniffer', found: 'a DOS Sniffer capture' },
    { format: 'ngwsniffer_2_0', found: 'a NetXray or Sniffer capture' },
    { format: 'suse6_3pcap', found: 'a modified pcap file' },
    { format: 'nokiapcap', found: 'a packet of' },
    { format: 'rh6_1pcap', found: 'a packet of' },
  ])('as $format are refused', ({ format, found }) => {
    const path = join(temporaryFolder(), 'x');
    run('editcap', '-F', format, temporaryFile(input), path);
    expect(() => readCapture(path)).toThrow(
      expect.objectContaining({
        code: 'CAPTURE_INVALID',
        message: expect.stringContaining(`found ${found}`),
        hint: expect.stringContaining('editcap -F pcapng'),
      }),
    );
  });

  test('with comments are read with them', () => {
    const path = join(temporaryFolder(), 'x');
    run('editcap', '-a', '2:theirs – so', temporaryFile(input), path);
    const { options } = readCapture(path).packets[1] as Seen;
    expect(Buffer.from(options).toString()).toContain('theirs – so');
    expectSameReading(path, PACKETS.length);
  });
});

test('a file that text2pcap writes is read as tshark reads it', () => {
  const path = join(temporaryFolder(), 'x');
  const dump = run('tshark', '-x', '-r', temporaryFile(pcapFile({}, PACKETS)));
  run('text2pcap', temporaryFile(dump), path);
  expectSameReading(path, PACKETS.length);
});

test('a file that mergecap writes has the packets of both, on interfaces of their own', () => {
  const path = join(temporaryFolder(), 'x');
  const raw = PACKETS.map((packet) => ({
    ...packet,
    bytes: packet.bytes.slice(14),
    ticks: packet.ticks * 1000n + 7n,
  }));
  const second = temporaryFile(pcapFile({ linkType: 101, hasNanoseconds: true }, raw));
  run('mergecap', '-w', path, temporaryFile(pcapFile({}, PACKETS)), second);
  const seen = expectSameReading(path, 2 * PACKETS.length);
  expect(new Set(seen.map(({ interfaceIndex }) => interfaceIndex))).toEqual(new Set([0, 1]));
  expect(new Set(seen.map(({ linkType }) => linkType))).toEqual(new Set([1, 101]));
});

describe.each(['little', 'big'] as const)('%s-endian files', (order) => {
  test.each([
    { name: 'pcap', file: pcapFile({ order }, PACKETS) },
    {
      name: 'pcap with ns',
      file: pcapFile(
        { order, hasNanoseconds: true },
        PACKETS.map((packet) => ({ ...packet, ticks: packet.ticks * 1000n + 7n })),
      ),
    },
    {
      name: 'pcapng',
      file: concat(
        sectionHeader(order),
        interfaceBlock({ options: [option(9, Uint8Array.of(0xa0), order)] }, order),
        ...PACKETS.map((packet) =>
          enhancedPacket({ ...packet, ticks: (packet.ticks << 32n) / 1_000_000n }, order),
        ),
      ),
    },
  ])('as $name are read as tshark reads them', ({ file }) => {
    expectSameReading(temporaryFile(file), PACKETS.length);
  });
});

describe('an annotated copy', () => {
  const flags = option(2, hex`02 00 00 00`);
  const options = [comment('theirs'), flags];
  const [first, second, third] = PACKETS as [Packet, Packet, Packet];
  const big = concat(
    sectionHeader('big'),
    interfaceBlock({}, 'big'),
    ...[first, second, third].map((packet) => enhancedPacket(packet, 'big')),
  );
  const mixed = concat(
    sectionHeader(),
    interfaceBlock({ options: [option(2, ascii('eth7'))] }),
    block(0x0abc, hex`00 00 00 00`),
    enhancedPacket({ ...first, options }),
    simplePacket({ bytes: second.bytes }),
    enhancedPacket(third),
  );

  describe.each([
    { name: 'little-endian pcap', file: pcapFile({}, [first, second, third]) },
    { name: 'big-endian pcap', file: pcapFile({ order: 'big' }, [first, second, third]) },
    { name: 'big-endian pcapng', file: big },
    { name: 'pcapng with comments of its own', file: mixed },
  ])('of $name', ({ name, file }) => {
    test('is read by tshark, with every comment and the made packet where it belongs', () => {
      const rows = fields(annotate(file), 'frame.comment', 'tcp.flags.reset');
      const theirs = name.includes('of its own') ? 'theirs,' : '';
      expect(rows).toEqual([
        [`${theirs}packet 1,why – so`, '0'],
        ['packet 2,why – so', '0'],
        ['made', '1'],
        ['packet 3,why – so', '0'],
      ]);
    });

    test('has the made packet at the time of its cause, on its interface, as sent', () => {
      const path = annotate(file);
      const [, cause, made] = fields(path, 'frame.time_epoch', 'frame.interface_id');
      expect(made).toEqual(cause);
      expect(fields(path, 'frame.packet_flags_direction')[2]?.[0]).toMatch(/^(2|0x0*2)$/);
    });

    test('is read as tshark reads it, by us too', () => {
      expectSameReading(annotate(file), 4);
    });

    test('is a file that capinfos finds whole', () => {
      expect(run('capinfos', '-M', '-c', annotate(file))).toMatch(/Number of packets: +4\n/);
    });
  });

  test.each([
    { linkType: 1, header: first.bytes.slice(0, 14) },
    { linkType: 101, header: hex`` },
    { linkType: 113, header: hex`00 00 00 01 00 06 02 00 0a 00 00 01 00 00 08 00` },
    { linkType: 276, header: hex`08 00 00 00 00 00 00 03 00 01 00 06 02 00 0a 00 00 01 00 00` },
    { linkType: 0, header: hex`02 00 00 00` },
    { linkType: 108, header: hex`00 00 00 02` },
  ])('of link type $linkType has a made packet that tshark dissects', ({ linkType, header }) => {
    const packets = [first, second].map((packet) => {
      const bytes = concat(header, packet.bytes.subarray(14));
      return { ...packet, bytes, originalLength: bytes.length };
    });
    const path = annotate(pcapFile({ linkType }, packets));
    const wanted = ['ip.src', 'tcp.srcport', 'tcp.flags.reset', '_ws.malformed'];
    expect(fields(path, ...wanted)).toEqual([
      ['10.0.0.1', '40000', '0', ''],
      ['10.0.0.1', '40000', '0', ''],
      ['10.0.0.1', '40000', '1', ''],
    ]);
  });

  test('keeps the names of interfaces', () => {
    expect(new Set(fields(annotate(mixed), 'frame.interface_name').flat())).toContain('eth7');
  });
});

type Packet = (typeof PACKETS)[number];

/** Two comments on each packet, and a made one after the second. */
function annotate(file: Uint8Array): string {
  const path = join(temporaryFolder(), 'out.pcapng');
  const reader = new CaptureReader(temporaryFile(file));
  const annotated = new AnnotatedCapture(path, reader);
  while (reader.next()) {
    annotated.write([`packet ${reader.packet.index}`, 'why – so']);
    if (reader.packet.index === 2) annotated.inject(RESET, ['made']);
  }
  annotated.close();
  reader.close();
  return path;
}

/** What we saw, if tshark saw the same. */
function expectSameReading(path: string, count: number): readonly Seen[] {
  const { packets, truncation } = readCapture(path);
  expect(truncation).toBeUndefined();
  expect(packets).toHaveLength(count);
  const rows = fields(path, 'frame.number', 'frame.cap_len', 'frame.len', 'frame.interface_id');
  expect(packets.map(numbersOf)).toEqual(rows.map((row) => row.map((text) => Number(text || 0))));
  const times = fields(path, 'frame.time_epoch').map(([time]) => Number(time) * 1000);
  packets.forEach(({ timeMs }, i) => {
    expect(Math.abs(timeMs - (times[i] as number))).toBeLessThan(0.001);
  });
  expect(packets.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(rawBytes(path));
  return packets;
}

function numbersOf({ index, bytes, originalLength, interfaceIndex }: Seen): number[] {
  return [index, bytes.length, originalLength, interfaceIndex];
}

function fields(path: string, ...names: readonly string[]): string[][] {
  const wanted = names.flatMap((name) => ['-e', name]);
  const text = run('tshark', '-r', path, '-T', 'fields', ...wanted);
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t'));
}

function rawBytes(path: string): string[] {
  const packets = JSON.parse(run('tshark', '-r', path, '-T', 'jsonraw')) as RawPacket[];
  return packets.map(({ _source }) => _source.layers.frame_raw[0]);
}

interface RawPacket {
  readonly _source: { readonly layers: { readonly frame_raw: readonly [string] } };
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  });
}
