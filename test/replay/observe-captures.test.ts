import { describe, expect, test } from 'vitest';
import { PRESETS } from '../../src/policy/presets.ts';
import { observe } from '../../src/replay/observe.ts';
import { type ObservedFlow, timeText } from '../../src/replay/observed-flow.ts';
import { replay } from '../../src/replay/replay.ts';
import type { TraceEvent } from '../../src/replay/trace-event.ts';
import {
  enhancedPacket,
  interfaceBlock,
  middleboxHeader,
  option,
  sectionHeader,
} from '../support/capture.ts';
import { Conversation } from '../support/conversation.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { temporaryFile } from '../support/folder.ts';
import { fragmentsOfSize } from '../support/fragments.ts';
import { observed, observedIn, observedInFile, only } from '../support/observing.ts';
import { clientHello, concat, edit, hex, httpRequest } from '../support/packets.ts';
import { pcap } from '../support/pcap.ts';

const V4 = {};
const V6 = { client: 'fd00::1', server: 'fd00::2' };
const HELLO = clientHello({ sni: 'a.test', before: [], after: [[0x15, 400]] });
const { frames: HANDSHAKE } = new Conversation().handshake().client(HELLO).client('more');
const DNS = udpFrame({
  ...{ src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.53', dstPort: 53 },
  payload: dnsQuery('a.test'),
});

describe('packets that a snapshot length cut', () => {
  const cutTo = (length: number) => (bytes: Uint8Array) => ({
    bytes: bytes.slice(0, length),
    originalLength: bytes.length,
  });

  test.each([V4, V6])('are read as far as they go: %j', (ends) => {
    const { frames } = new Conversation(ends).handshake().client(HELLO).client('more');
    const nameEnd = frames.map((frame) => Buffer.from(frame).indexOf('a.test') + 6)[3] as number;
    const want = { protocol: 'tls', sni: 'a.test', ja3: null };
    expect(observedIn(frames.map(cutTo(nameEnd)))).toEqual([expect.objectContaining(want)]);
    expect(only(observedIn(frames.map(cutTo(nameEnd - 1))), 'protocol', 'sni')).toEqual([
      { protocol: 'tls', sni: null },
    ]);
  });

  test('leave a gap that is not read across', () => {
    const request = httpRequest({ host: 'a.test' });
    const { frames } = new Conversation().handshake().client(request, { size: 20 });
    const packets = frames.map((bytes, i) => (i === 4 ? cutTo(60)(bytes) : { bytes }));
    expect(only(observedIn(packets), 'protocol', 'host')).toEqual([
      { protocol: 'http', host: null },
    ]);
  });

  test('are read whole when they come again', () => {
    const packets = HANDSHAKE.map((bytes, i) => (i === 3 ? cutTo(64)(bytes) : { bytes }));
    const again = { bytes: HANDSHAKE[3] as Uint8Array };
    expect(only(observedIn([...packets, again]), 'sni')).toEqual([{ sni: 'a.test' }]);
  });

  test('have a question that is whole', () => {
    const longer = edit(concat(DNS, new Uint8Array(50)), 17, 0x72); // IP's length
    expect(only(observedIn([{ bytes: DNS, originalLength: DNS.length + 50 }]), 'qname')).toEqual([
      { qname: 'a.test' },
    ]);
    const cut = edit(longer.slice(0, DNS.length), 39, 0x60); // UDP's
    const packet = { bytes: cut, originalLength: longer.length };
    expect(only(observedIn([packet]), 'qname')).toEqual([{ qname: 'a.test' }]);
  });

  test('are not read where the capture says that they are whole: nobody would take them', () => {
    const packets = HANDSHAKE.map((bytes) => ({ bytes: bytes.slice(0, 100) }));
    expect(only(observedIn(packets), 'sni')).toEqual([{ sni: null }]);
  });
});

test.each([
  { ends: V4, lengthAt: 16 },
  { ends: V6, lengthAt: 18 },
])('a length that was left to the network card is that of the frame: %j', ({ ends, lengthAt }) => {
  const { frames } = new Conversation(ends).handshake().client(HELLO, { size: 5000 });
  const seen = observed(
    ...frames.map((frame, i) => (i === 3 ? edit(frame, lengthAt, 0, 0) : frame)),
  );
  expect(only(seen, 'sni')).toEqual([{ sni: 'a.test' }]);
});

describe.each([
  { name: 'IPv4', ends: V4 },
  { name: 'IPv6', ends: V6 },
])('fragments of $name', ({ ends }) => {
  const { frames } = new Conversation(ends).handshake().client(HELLO);
  const [hello] = frames.slice(3) as [Uint8Array];

  test.each([8, 16, 64, 256])('of %i bytes are put together, in either order', (size) => {
    const pieces = fragmentsOfSize(hello, 7, size);
    for (const order of [pieces, pieces.toReversed()]) {
      const seen = observed(...frames.slice(0, 3), ...order);
      expect(only(seen, 'sni', 'dst_port')).toEqual([{ sni: 'a.test', dst_port: 443 }]);
    }
  });

  test('of which one is missing are not read', () => {
    const pieces = fragmentsOfSize(hello, 7, 64).filter((_, i) => i !== 1);
    const seen = [...frames.slice(0, 3), ...pieces];
    expect(only(observed(...seen), 'sni')).toEqual([{ sni: null }]);
    const told = { 'of fragmented datagrams that are not whole': pieces.length };
    const file = temporaryFile(pcap(seen));
    expect(observe(file, () => undefined).unread).toEqual(told);
    expect(replay({ file, policy: { model: PRESETS.strict, rules: [] } }).unread).toEqual(told);
  });
});

test('fragments of a datagram are put together', () => {
  expect(only(observed(...fragmentsOfSize(DNS, 9, 8)), 'qname', 'dst_port')).toEqual([
    { qname: 'a.test', dst_port: 53 },
  ]);
});

describe('a capture of two boxes in a row', () => {
  const ends = { src: '10.0.0.1', srcPort: 40_000, dst: '198.18.0.53', dstPort: 53 };
  const wrongSum = edit(udpFrame({ ...ends, payload: dnsQuery('b.test') }), 40, 1, 2);
  const sent = [...HANDSHAKE, DNS, wrongSum];
  const interfaces = Array.from({ length: 4 }, () => interfaceBlock());
  /** As each box receives them and sends them on; what comes from the server meets the second box first. */
  const packetsOf = (frames: readonly Uint8Array[]): Uint8Array[] =>
    frames.flatMap((bytes) => {
      const places = bytes === HANDSHAKE[1] ? [2, 3, 0, 1] : [0, 1, 2, 3];
      return places.map((interfaceIndex) => {
        const direction = Uint8Array.of(interfaceIndex % 2 === 0 ? 1 : 2, 0, 0, 0);
        return enhancedPacket({ bytes, interfaceIndex, options: [option(2, direction)] });
      });
    });
  const head = concat(middleboxHeader('strict'), ...interfaces);

  test('is observed as the box saw it that saw a flow first', () => {
    const flows: ObservedFlow[] = [];
    const file = temporaryFile(concat(head, ...packetsOf(sent)));
    const result = observe(file, (flow) => flows.push(flow));
    expect(flows.map(({ hosts }) => hosts.map(({ name }) => name))).toEqual([
      ['a.test'],
      ['a.test', 'b.test'],
    ]);
    expect(result).toMatchObject({ packets: sent.length, flows: 2 });
    expect(result.faults).toMatchObject({ udpChecksum: 1, otherVersions: 0 });
    expect(result.unread).toEqual({});
  });

  test('has the names of a fragmented question once', () => {
    const parts = fragmentsOfSize(DNS, 9, 8);
    const packets = [0, 2].flatMap((interfaceIndex) =>
      parts.map((bytes) => enhancedPacket({ bytes, interfaceIndex })),
    );
    const names: string[] = [];
    const file = temporaryFile(concat(head, ...packets));
    const { unread } = observe(file, ({ hosts }) => names.push(...hosts.map(({ name }) => name)));
    expect(names).toEqual(['a.test']);
    expect(unread).toEqual({});
  });

  test('has a second connection on the same ports', () => {
    const again = new Conversation({ clientIsn: 7_000_000 }).handshake().client(HELLO);
    const file = concat(head, ...packetsOf([...HANDSHAKE, ...again.frames]));
    expect(only(observedInFile(file), 'sni')).toEqual([{ sni: 'a.test' }, { sni: 'a.test' }]);
  });
});

describe('link layers', () => {
  const usb = { bytes: hex`00 01 02 03`, interfaceIndex: 1 };
  const both = concat(sectionHeader(), interfaceBlock(), interfaceBlock({ linkType: 189 }));

  test('that cannot be read are counted, and others in the same file are read', () => {
    const packets = HANDSHAKE.map((bytes) => enhancedPacket({ bytes }));
    const file = temporaryFile(concat(both, enhancedPacket(usb), ...packets));
    const flows: ObservedFlow[] = [];
    const { unread } = observe(file, (flow) => flows.push(flow));
    expect(unread).toEqual({ 'link type 189 (USB on Linux)': 1 });
    expect(only(flows, 'sni')).toEqual([{ sni: 'a.test' }]);
    const kinds: (string | null)[] = [];
    const onEvent = (event: TraceEvent): void => {
      if (event.event === 'packet') kinds.push(event.kind);
    };
    const policy = { model: PRESETS.strict, rules: [] };
    expect(replay({ file, policy, onEvent }).unread).toEqual(unread);
    expect(kinds).toEqual(['link type 189 (USB on Linux)', ...HANDSHAKE.map(() => null)]);
  });

  test('are refused where no packet has another', () => {
    const file = temporaryFile(concat(both, enhancedPacket(usb), enhancedPacket(usb)));
    expect(() => observe(file, () => undefined)).toThrow('packet 1 with link type 189');
  });

  test.each([
    { name: 'raw IP', linkType: 101, header: hex`` },
    {
      name: 'Linux cooked',
      linkType: 113,
      header: hex`00 00 00 01 00 06 02 00 0a 00 00 01 00 00 08 00`,
    },
    {
      name: 'Linux cooked, version 2',
      linkType: 276,
      header: hex`08 00 00 00 00 00 00 03 00 01 00 06 02 00 0a 00 00 01 00 00`,
    },
    { name: 'BSD loopback', linkType: 0, header: hex`02 00 00 00` },
  ])('$name', ({ linkType, header }) => {
    const packets = HANDSHAKE.map((frame) => ({ bytes: concat(header, frame.subarray(14)) }));
    expect(only(observedIn(packets, linkType), 'sni')).toEqual([{ sni: 'a.test' }]);
  });

  test.each([
    { name: 'a VLAN', tags: hex`81 00 00 07` },
    { name: 'a VLAN within another', tags: hex`88 a8 00 01 81 00 00 07` },
  ])('$name', ({ tags }) => {
    const frames = HANDSHAKE.map((frame) => concat(frame.slice(0, 12), tags, frame.slice(12)));
    expect(only(observed(...frames), 'sni')).toEqual([{ sni: 'a.test' }]);
  });

  test('both directions on interfaces of their own', () => {
    const blocks = HANDSHAKE.map((bytes, i) => enhancedPacket({ bytes, interfaceIndex: i % 2 }));
    const file = concat(sectionHeader(), interfaceBlock(), interfaceBlock(), ...blocks);
    expect(only(observedInFile(file), 'sni')).toEqual([{ sni: 'a.test' }]);
  });
});

describe('times', () => {
  const at = (...ticks: bigint[]) =>
    HANDSHAKE.map((bytes, i) => ({ bytes, ticks: ticks[i] ?? 9n }));

  test('are those of the first packet and of the last, to the microsecond', () => {
    const start = 1_490_614_200_123_456n;
    const flows = observedIn(at(start, start, start, start, start + 876_544n));
    expect(only(flows, 'first', 'last')).toEqual([
      { first: '2017-03-27T11:30:00.123456Z', last: '2017-03-27T11:30:01.000000Z' },
    ]);
  });

  test('may go back: what was read stands, and the last is the latest', () => {
    const flows = observedIn(at(5_000_000n, 9_000_000n, 8_000_000n, 1_000_000n, 2_000_000n));
    expect(only(flows, 'first', 'last', 'sni')).toEqual([
      { first: '1970-01-01T00:00:05.000000Z', last: '1970-01-01T00:00:09.000000Z', sni: 'a.test' },
    ]);
  });

  test('that no clock shows are the last that can be written', () => {
    const blocks = HANDSHAKE.map((bytes) =>
      enhancedPacket({ bytes, ticks: 0xffff_ffff_ffff_fff0n }),
    );
    const seconds = interfaceBlock({ options: [option(9, Uint8Array.of(0))] });
    const [flow] = observedInFile(concat(sectionHeader(), seconds, ...blocks));
    expect(flow).toMatchObject({ first: '+275760-09-13T00:00:00.000000Z', sni: 'a.test' });
  });

  test.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [0.001, '1970-01-01T00:00:00.000001Z'],
    [-0.001, '1969-12-31T23:59:59.999999Z'],
    [1_490_614_200_123.456, '2017-03-27T11:30:00.123456Z'],
    [1_490_614_200_999.999, '2017-03-27T11:30:00.999999Z'],
    [-1e300, '-271821-04-20T00:00:00.000000Z'],
  ])('%f ms', (time, text) => {
    expect(timeText(time)).toBe(text);
  });
});
