import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PacketReading, PacketView } from '../../src/wire/packet.ts';
import { udpFrame } from '../support/datagrams.ts';
import { fragment, withExtensionHeaders } from '../support/fragments.ts';
import { ascii, concat, edit, hex, placed, type Segment, tcpFrame } from '../support/packets.ts';

const ETHERNET_IPV4 = hex`02 00 c6 12 00 50  02 00 0a 00 00 01  08 00`;
const IPV4_SYN = concat(
  ETHERNET_IPV4,
  hex`
  45 00 00 28 00 01 40 00 40 06 00 00   # at 14: v4 ihl=5 len=40 DF ttl=64 proto=6
  0a 00 00 01 c6 12 00 50               # at 26: 10.0.0.1 > 198.18.0.80
  30 39 01 bb ff ff ff fe 80 00 00 01   # at 34: 12345 > 443 seq -2 ack 0x80000001
  50 02 fa f0 00 00 00 00               # at 46: doff=5 S win 64240
`,
);
const IPV6_SYN = concat(
  hex`
  02 00 00 00 00 80  02 00 00 00 00 01  86 dd
  60 00 00 00 00 14 06 40               # at 14: v6 length 20 next=6 hop limit 64
  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01
  20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 80
`,
  IPV4_SYN.slice(34), // TCP at 54
);
const SEGMENT: Segment = {
  src: '10.0.0.1',
  dst: '198.18.0.80',
  srcPort: 40_000,
  dstPort: 80,
  seq: 1,
  ack: 2,
  flags: 'PA',
  payload: ascii('hello'),
};
const SEGMENT_V6: Segment = { ...SEGMENT, src: '2001:db8::1', dst: '2001:db8::80' };
const UDP = {
  src: '10.0.0.1',
  dst: '198.18.0.53',
  srcPort: 40_000,
  dstPort: 53,
  payload: ascii('query'),
};
const UDP_V6 = { ...UDP, src: '2001:db8::1', dst: '2001:db8::53' };
/** Passes over extension headers as it pleases; otherwise as an endpoint does. */
const WALKING: PacketReading = { tcpHeader: 'strict', extensionHeaders: 'walk' };

describe('a malformed packet is data, not an exception', () => {
  test.each([
    { name: 'no bytes', frame: hex``, layer: 'ethernet', reason: 'short-header' },
    { name: '13 bytes', frame: IPV4_SYN.slice(0, 13), layer: 'ethernet', reason: 'short-header' },
    {
      name: 'an Ethernet header alone',
      frame: ETHERNET_IPV4,
      layer: 'ipv4',
      reason: 'short-header',
    },
    { name: '19 IPv4 bytes', frame: IPV4_SYN.slice(0, 33), layer: 'ipv4', reason: 'short-header' },
    {
      name: 'IPv4 of version 6',
      frame: edit(IPV4_SYN, 14, 0x65),
      layer: 'ipv4',
      reason: 'bad-version',
    },
    { name: 'IHL 4', frame: edit(IPV4_SYN, 14, 0x44), layer: 'ipv4', reason: 'bad-header-length' },
    {
      name: 'IHL past the frame',
      frame: edit(IPV4_SYN, 14, 0x4b),
      layer: 'ipv4',
      reason: 'bad-header-length',
    },
    {
      name: 'total length below the header',
      frame: edit(IPV4_SYN, 16, 0, 19),
      layer: 'ipv4',
      reason: 'bad-total-length',
    },
    {
      name: 'total length past the frame',
      frame: edit(IPV4_SYN, 16, 0, 41),
      layer: 'ipv4',
      reason: 'bad-total-length',
    },
    {
      name: 'a cut IPv4 frame',
      frame: IPV4_SYN.slice(0, 53),
      layer: 'ipv4',
      reason: 'bad-total-length',
    },
    {
      name: '19 TCP bytes',
      frame: edit(IPV4_SYN, 16, 0, 39),
      layer: 'tcp',
      reason: 'short-header',
    },
    {
      name: 'no TCP bytes',
      frame: edit(IPV4_SYN, 16, 0, 20),
      layer: 'tcp',
      reason: 'short-header',
    },
    {
      name: 'options where TCP should be',
      frame: edit(IPV4_SYN, 14, 0x46),
      layer: 'tcp',
      reason: 'short-header',
    },
    {
      name: 'data offset 4',
      frame: edit(IPV4_SYN, 46, 0x40),
      layer: 'tcp',
      reason: 'bad-data-offset',
    },
    {
      name: 'data offset past the segment',
      frame: edit(IPV4_SYN, 46, 0x60),
      layer: 'tcp',
      reason: 'bad-data-offset',
    },
    { name: '39 IPv6 bytes', frame: IPV6_SYN.slice(0, 53), layer: 'ipv6', reason: 'short-header' },
    {
      name: 'IPv6 of version 4',
      frame: edit(IPV6_SYN, 14, 0x40),
      layer: 'ipv6',
      reason: 'bad-version',
    },
    {
      name: 'IPv6 length past the frame',
      frame: edit(IPV6_SYN, 18, 0, 21),
      layer: 'ipv6',
      reason: 'bad-total-length',
    },
    {
      name: '19 TCP bytes in IPv6',
      frame: edit(IPV6_SYN, 18, 0, 19),
      layer: 'tcp',
      reason: 'short-header',
    },
    {
      name: 'data offset 15 in IPv6',
      frame: edit(IPV6_SYN, 66, 0xf0),
      layer: 'tcp',
      reason: 'bad-data-offset',
    },
  ])('$name', ({ frame, layer, reason }) => {
    const view = decode(frame);
    expect(view.malformed).toEqual({ layer, reason });
    expect(view.isTcp).toBe(false);
  });
});

describe('a packet that is not TCP is not malformed either', () => {
  test.each([
    { name: 'ARP', frame: edit(IPV4_SYN, 12, 0x08, 0x06), ipVersion: 0, isFragment: false },
    {
      name: 'an empty unknown frame',
      frame: edit(ETHERNET_IPV4, 12, 0x88, 0xb5),
      ipVersion: 0,
      isFragment: false,
    },
    { name: 'ICMP over IPv4', frame: edit(IPV4_SYN, 23, 1), ipVersion: 4, isFragment: false },
    {
      name: 'a later fragment',
      frame: edit(IPV4_SYN, 20, 0x00, 1),
      ipVersion: 4,
      isFragment: true,
    },
    { name: 'ICMP over IPv6', frame: edit(IPV6_SYN, 20, 58), ipVersion: 6, isFragment: false },
    { name: 'an IPv6 fragment', frame: edit(IPV6_SYN, 20, 44), ipVersion: 6, isFragment: true },
    {
      name: 'a first fragment that ends within the header of TCP',
      frame: edit(edit(IPV4_SYN, 16, 0, 28), 20, 0x20, 0),
      ipVersion: 4,
      isFragment: true,
    },
  ])('$name', ({ frame, ipVersion, isFragment }) => {
    const view = decode(frame);
    expect(view).toMatchObject({ malformed: undefined, isTcp: false, ipVersion, isFragment });
  });
});

describe('fields are read where they are', () => {
  test.each([
    { name: 'IPv4', frame: IPV4_SYN, ipVersion: 4, tcpAt: 34 },
    { name: 'IPv6', frame: IPV6_SYN, ipVersion: 6, tcpAt: 54 },
    { name: 'IPv4 that may be fragmented', frame: edit(IPV4_SYN, 20, 0), ipVersion: 4, tcpAt: 34 },
    {
      name: 'IPv4 with the reserved flag',
      frame: edit(IPV4_SYN, 20, 0x80),
      ipVersion: 4,
      tcpAt: 34,
    },
  ])('of a SYN over $name', ({ frame, ipVersion, tcpAt }) => {
    const view = decode(frame);
    expect(view).toMatchObject({ malformed: undefined, isTcp: true, ipVersion, isFragment: false });
    expect([view.srcPort, view.dstPort]).toEqual([12_345, 443]);
    expect([view.seq, view.ack]).toEqual([-2, -(2 ** 31) + 1]);
    expect([view.isSyn, view.isOpeningSyn, view.isReset]).toEqual([true, true, false]);
    expect([view.payloadLength, view.sequenceLength]).toEqual([0, 1]);
    expect(view.transportAt - view.frameAt).toBe(tcpAt);
  });

  test.each([
    { name: 'IPv4', segment: SEGMENT },
    { name: 'IPv6', segment: SEGMENT_V6 },
    { name: 'IPv4 with one option word', segment: { ...SEGMENT, ipOptions: hex`94 04 00 00` } },
    {
      name: 'IPv4 with all options there may be',
      segment: { ...SEGMENT, ipOptions: new Uint8Array(40).fill(1) },
    },
    {
      name: 'TCP with a timestamp',
      segment: { ...SEGMENT, tcpOptions: hex`01 01 08 0a 00 00 00 01 00 00 00 02` },
    },
    {
      name: 'TCP with all options there may be',
      segment: { ...SEGMENT_V6, tcpOptions: new Uint8Array(40).fill(1) },
    },
  ])('the payload over $name', ({ segment }) => {
    const view = decode(tcpFrame(segment));
    expect(view.malformed).toBeUndefined();
    expect(view.bytes.slice(view.payloadAt, view.ipEnd)).toEqual(ascii('hello'));
    expect(view.payloadLength).toBe(5);
  });

  test.each([
    { name: 'IPv4', frame: IPV4_SYN, ttlAt: 22, tcpAt: 34, ipId: 0x1234 },
    { name: 'IPv6', frame: IPV6_SYN, ttlAt: 21, tcpAt: 54, ipId: 0 },
  ])('fields that an action copies are read over $name', ({ frame, ttlAt, tcpAt, ipId }) => {
    const copy = frame.slice();
    copy.set([0x12, 0x34], 18); // of IPv4 the identification, of IPv6 the length
    if (ipId === 0) copy.set(frame.slice(18, 20), 18);
    copy[ttlAt] = 77;
    copy.set([0xab, 0xcd], tcpAt + 14);
    copy.set([0x01, 0x02], tcpAt + 18);
    const view = decode(copy);
    expect([view.ttl, view.ipId, view.window, view.urgentPointer]).toEqual([
      77,
      ipId,
      0xabcd,
      0x102,
    ]);
    expect([view.isUrgent, decode(edit(copy, tcpAt + 13, 0x22)).isUrgent]).toEqual([false, true]);
    expect(decode(edit(copy, tcpAt + 13, 0x10)).isSyn).toBe(false);
  });

  test('padding after the IP packet is no payload', () => {
    const view = decode(concat(tcpFrame({ ...SEGMENT, payload: hex`` }), new Uint8Array(6)));
    expect(view).toMatchObject({ isTcp: true, payloadLength: 0, sequenceLength: 0 });
  });

  test.each([
    { flags: 'A', length: 5, isOpeningSyn: false, isReset: false },
    { flags: 'S', length: 6, isOpeningSyn: true, isReset: false },
    { flags: 'SA', length: 6, isOpeningSyn: false, isReset: false },
    { flags: 'FA', length: 6, isOpeningSyn: false, isReset: false },
    { flags: 'SF', length: 7, isOpeningSyn: true, isReset: false },
    { flags: 'RA', length: 5, isOpeningSyn: false, isReset: true },
  ])('five bytes with $flags take $length sequence numbers', ({ flags, length, ...want }) => {
    const view = decode(tcpFrame({ ...SEGMENT, flags }));
    expect(view).toMatchObject({ ...want, sequenceLength: length });
  });

  test('nothing of the last packet is left after the next', () => {
    const view = new PacketView().decode(IPV6_SYN, 0, IPV6_SYN.length);
    view.decode(edit(IPV4_SYN, 20, 0x20, 1), 0, IPV4_SYN.length);
    expect(view).toMatchObject({ isTcp: false, isFragment: true, ipVersion: 4 });
    view.decode(hex`00`, 0, 1);
    expect(view).toMatchObject({ isTcp: false, isFragment: false, ipVersion: 0 });
    view.decode(IPV4_SYN, 0, IPV4_SYN.length);
    expect(view).toMatchObject({ isTcp: true, malformed: undefined, seq: -2 });
  });
});

describe('VLAN tags are skipped', () => {
  const tag = hex`81 00 00 64`;
  const serviceTag = hex`88 a8 00 c8`;
  test.each([
    { name: 'one', tags: tag },
    { name: 'a service tag and one of the customer (802.1ad)', tags: concat(serviceTag, tag) },
    { name: 'two of the same kind', tags: concat(tag, tag) },
    { name: 'many', tags: concat(...Array.from({ length: 20 }, () => tag)) },
  ])('$name', ({ tags }) => {
    for (const segment of [SEGMENT, SEGMENT_V6]) {
      const frame = tcpFrame(segment);
      const view = decode(concat(frame.slice(0, 12), tags, frame.slice(12)));
      expect(view).toMatchObject({ malformed: undefined, isTcp: true, payloadLength: 5 });
      expect(view.ipAt - view.frameAt).toBe(14 + tags.length);
      expect([view.srcPort, view.dstPort]).toEqual([40_000, 80]);
    }
  });

  test('but one that is cut off is malformed', () => {
    const frame = concat(IPV4_SYN.slice(0, 12), hex`81 00 00 64`);
    for (let end = 14; end <= frame.length; end++) {
      const want = { layer: 'ethernet', reason: 'short-header' };
      expect(decode(frame.slice(0, end)).malformed).toEqual(want);
    }
  });
});

describe('a fragment', () => {
  const frames = [
    { name: 'IPv4', frame: tcpFrame({ ...SEGMENT, payload: new Uint8Array(100) }) },
    { name: 'IPv6', frame: tcpFrame({ ...SEGMENT_V6, payload: new Uint8Array(100) }) },
  ];
  describe.each(frames)('of $name', ({ frame }) => {
    test.each([
      { name: 'first', part: { at: 0, end: 40 }, isTcp: true, hasMore: true },
      { name: 'middle', part: { at: 40, end: 80 }, isTcp: false, hasMore: true },
      { name: 'last', part: { at: 80, end: 120 }, isTcp: false, hasMore: false },
    ])('that is the $name one', ({ part, isTcp, hasMore }) => {
      const view = decode(fragment(frame, part));
      expect(view).toMatchObject({ malformed: undefined, isFragment: true, isTcp, protocol: 6 });
      expect(view).toMatchObject({ fragmentOffset: part.at, hasMoreFragments: hasMore });
      expect(view.ipEnd - view.transportAt).toBe(40);
      if (isTcp) expect([view.srcPort, view.payloadLength]).toEqual([40_000, 20]);
    });

    test('without a whole TCP header is not malformed, and no TCP packet', () => {
      const [first, next] = [
        fragment(frame, { at: 0, end: 16 }),
        fragment(frame, { at: 16, end: 24 }),
      ];
      expect(decode(first)).toMatchObject({ malformed: undefined, isTcp: false });
      expect(decode(next)).toMatchObject({ malformed: undefined, isTcp: false });
    });
  });

  test('without offset and more fragments is none: an atomic fragment of IPv6 is whole', () => {
    const { frame } = frames[1] as { frame: Uint8Array };
    const atomic = fragment(frame, { at: 0, end: 120, hasMore: false });
    const view = decode(atomic);
    expect(view).toMatchObject({ isFragment: false, isTcp: true, hasExtensionHeaders: true });
    expect(view.payloadLength).toBe(100);
  });

  test('of a UDP datagram may be shorter than the datagram says', () => {
    const frame = udpFrame({ ...UDP, payload: new Uint8Array(100) });
    const view = decode(fragment(frame, { at: 0, end: 64 }));
    expect(view).toMatchObject({ malformed: undefined, isUdp: true, payloadLength: 56 });
  });
});

describe('IPv6 extension headers', () => {
  const HOP_BY_HOP = 0;
  const ROUTING = 43;
  const AUTHENTICATION = 51;
  const DESTINATION = 60;
  test.each([
    { name: 'hop-by-hop', types: [HOP_BY_HOP], stop: 'unread', strict: 'read' },
    { name: 'routing', types: [ROUTING], stop: 'unread', strict: 'read' },
    { name: 'destination', types: [DESTINATION], stop: 'unread', strict: 'read' },
    { name: 'authentication', types: [AUTHENTICATION], stop: 'unread', strict: 'read' },
    {
      name: 'one of each',
      types: [HOP_BY_HOP, DESTINATION, ROUTING, AUTHENTICATION],
      stop: 'unread',
      strict: 'read',
    },
    {
      name: 'hop-by-hop twice',
      types: [HOP_BY_HOP, HOP_BY_HOP],
      stop: 'unread',
      strict: 'refused',
    },
    {
      name: 'hop-by-hop behind another',
      types: [DESTINATION, HOP_BY_HOP],
      stop: 'unread',
      strict: 'refused',
    },
    {
      name: 'a hundred',
      types: Array.from({ length: 100 }, () => DESTINATION),
      stop: 'unread',
      strict: 'read',
    },
  ])('$name', ({ types, stop, strict }) => {
    const frame = withExtensionHeaders(tcpFrame(SEGMENT_V6), types);
    const outcome = (extensionHeaders: PacketReading['extensionHeaders']): string => {
      const view = decode(frame, { tcpHeader: 'strict', extensionHeaders });
      expect(view.hasExtensionHeaders).toBe(true);
      if (view.malformed !== undefined) {
        expect(view.malformed).toEqual({ layer: 'ipv6', reason: 'bad-extension-headers' });
        return 'refused';
      }
      if (view.isTcp) expect([view.dstPort, view.payloadLength]).toEqual([80, 5]);
      return view.isTcp ? 'read' : 'unread';
    };
    expect([outcome('stop'), outcome('walk'), outcome('strict')]).toEqual([stop, 'read', strict]);
  });

  test('an atomic fragment is read through even by a box that stops', () => {
    const frame = fragment(tcpFrame(SEGMENT_V6), { at: 0, end: 25, hasMore: false });
    const view = decode(frame, { tcpHeader: 'strict', extensionHeaders: 'stop' });
    expect(view).toMatchObject({ isTcp: true, payloadLength: 5 });
  });

  test.each([
    { name: 'longer than the packet', at: 55, value: 10 },
    { name: 'that announces another where the packet ends', at: 54, value: DESTINATION },
  ])('one $name is refused, unless the box reads none', ({ at, value }) => {
    const frame = edit(withExtensionHeaders(tcpFrame(SEGMENT_V6), [DESTINATION]), at, value);
    const cut = edit(frame.slice(0, 62), 18, 0, 8);
    const refused = { layer: 'ipv6', reason: 'bad-extension-headers' };
    expect(decode(cut, WALKING).malformed).toEqual(refused);
    expect(decode(cut).malformed).toEqual(refused);
    expect(decode(cut, { ...WALKING, extensionHeaders: 'stop' }).malformed).toBeUndefined();
  });

  test('the length of an authentication header is in words of four bytes, less two', () => {
    const frame = tcpFrame(SEGMENT_V6);
    const header = concat(Uint8Array.of(6, 4), new Uint8Array(22));
    const long = concat(edit(frame.slice(0, 54), 18, 0, 25 + 24), header, frame.slice(54));
    long[20] = AUTHENTICATION;
    expect(decode(long)).toMatchObject({ isTcp: true, payloadLength: 5 });
  });
});

describe('a UDP datagram', () => {
  test.each([
    { name: 'IPv4', frame: udpFrame(UDP) },
    { name: 'IPv6', frame: udpFrame(UDP_V6) },
  ])('over $name has its payload, and no TCP', ({ frame }) => {
    const view = decode(frame);
    expect(view).toMatchObject({ malformed: undefined, isUdp: true, isTcp: false, protocol: 17 });
    expect([view.srcPort, view.dstPort]).toEqual([40_000, 53]);
    expect(view.bytes.slice(view.payloadAt, view.payloadEnd)).toEqual(ascii('query'));
  });

  test.each([
    { name: 'too short for its header', length: 7, want: 'bad-length' },
    { name: 'nothing', length: 0, want: 'bad-length' },
    { name: 'more than there is', length: 14, want: 'bad-length' },
  ])('whose length says $name is malformed', ({ length, want }) => {
    const view = decode(edit(udpFrame(UDP), 38, 0, length));
    expect(view.malformed).toEqual({ layer: 'udp', reason: want });
    expect(view.isUdp).toBe(false);
  });

  test('ends where its length says', () => {
    const view = decode(edit(udpFrame(UDP), 38, 0, 10));
    expect(view.bytes.slice(view.payloadAt, view.payloadEnd)).toEqual(ascii('qu'));
  });

  test('over IPv6 goes to the end of the packet if its length is zero, as Linux has it', () => {
    const view = decode(edit(udpFrame(UDP_V6), 58, 0, 0));
    expect(view).toMatchObject({ malformed: undefined, isUdp: true, payloadLength: 5 });
  });

  test('with less than a header is malformed', () => {
    const frame = edit(udpFrame(UDP), 16, 0, 27);
    expect(decode(frame).malformed).toEqual({ layer: 'udp', reason: 'short-header' });
  });
});

describe('where a TCP payload begins depends on how the header is read', () => {
  const options = new Uint8Array(8).fill(1);
  const frame = tcpFrame({ ...SEGMENT, tcpOptions: options });
  test.each<{ tcpHeader: PacketReading['tcpHeader']; offset: number; want: number | undefined }>([
    { tcpHeader: 'strict', offset: 7, want: 5 },
    { tcpHeader: 'strict', offset: 4, want: undefined },
    { tcpHeader: 'strict', offset: 15, want: undefined },
    { tcpHeader: 'trust-dataofs', offset: 7, want: 5 },
    { tcpHeader: 'trust-dataofs', offset: 4, want: 17 },
    { tcpHeader: 'trust-dataofs', offset: 0, want: 33 },
    { tcpHeader: 'trust-dataofs', offset: 15, want: 0 },
    { tcpHeader: 'trust-20', offset: 7, want: 13 },
    { tcpHeader: 'trust-20', offset: 4, want: 13 },
    { tcpHeader: 'trust-20', offset: 15, want: 13 },
  ])('$tcpHeader, data offset $offset: payload of $want', ({ tcpHeader, offset, want }) => {
    const view = decode(edit(frame, 46, offset << 4), { ...WALKING, tcpHeader });
    expect(view.isTcp ? view.payloadLength : undefined).toBe(want);
    if (want === undefined) {
      expect(view.malformed).toEqual({ layer: 'tcp', reason: 'bad-data-offset' });
    }
  });

  test('and endpoints read it as the strict one does', () => {
    const reads = (reading: PacketReading, bytes: Uint8Array): boolean =>
      decode(bytes, reading).readsAsEndpointsDo;
    const withHeader = withExtensionHeaders(tcpFrame(SEGMENT_V6), [60]);
    expect(reads({ tcpHeader: 'trust-20', extensionHeaders: 'strict' }, frame)).toBe(false);
    expect(reads(WALKING, frame)).toBe(true);
    expect(reads(WALKING, withHeader)).toBe(false);
    expect(reads({ tcpHeader: 'strict', extensionHeaders: 'strict' }, withHeader)).toBe(true);
  });
});

describe('whatever the bytes', () => {
  const anyReading = fc.record<PacketReading>({
    tcpHeader: fc.constantFrom('strict', 'trust-dataofs', 'trust-20'),
    extensionHeaders: fc.constantFrom('stop', 'walk', 'strict'),
  });
  const mutated = fc
    .tuple(
      fc.constantFrom(
        IPV4_SYN,
        IPV6_SYN,
        tcpFrame(SEGMENT),
        tcpFrame(SEGMENT_V6),
        udpFrame(UDP),
        udpFrame(UDP_V6),
        withExtensionHeaders(tcpFrame(SEGMENT_V6), [0, 60, 51, 43]),
        fragment(tcpFrame(SEGMENT_V6), { at: 0, end: 24 }),
        concat(IPV4_SYN.slice(0, 12), hex`81 00 00 01 88 a8 00 02`, IPV4_SYN.slice(12)),
      ),
      fc.array(fc.tuple(fc.nat(80), fc.nat(0xff)), { maxLength: 4 }),
      fc.nat(20),
    )
    .map(([frame, edits, cut]) => {
      const changed = frame.slice(0, frame.length - cut);
      for (const [at, value] of edits) changed[at % changed.length] = value;
      return changed;
    });
  const anyFrame = fc.oneof(
    fc.uint8Array({ maxLength: 96 }),
    fc.uint8Array({ maxLength: 80 }).map((rest) => concat(ETHERNET_IPV4, hex`45`, rest)),
    { arbitrary: mutated, weight: 3 },
  );

  test('decode never throws and never points past the frame', () => {
    fc.assert(
      fc.property(anyFrame, anyReading, (frame, reading) => {
        const view = decode(frame, reading);
        if (!view.isTcp && !view.isUdp) return;
        expect([view.malformed, view.isTcp && view.isUdp]).toEqual([undefined, false]);
        const addressEnd = view.dstAt + (view.ipVersion === 4 ? 4 : 16);
        const places = [view.frameAt + 14, view.srcAt, view.dstAt, addressEnd, view.transportAt];
        const { payloadAt, payloadEnd, ipEnd, frameEnd } = view;
        const ends = [...places, payloadAt, payloadEnd, ipEnd, frameEnd];
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
        expect(view.transportAt + (view.isTcp ? 20 : 8)).toBeLessThanOrEqual(ipEnd);
        if (view.isTcp) expect(view.tcpOptionsEnd).toBeLessThanOrEqual(ipEnd);
      }),
      { numRuns: 2000 },
    );
  });

  test('the bytes around the frame make no difference', () => {
    fc.assert(
      fc.property(anyFrame, anyReading, fc.nat(40), (frame, reading, before) => {
        const alone = new PacketView(reading).decode(frame, 0, frame.length);
        const { bytes, at, end } = placed(frame, before);
        expect(fieldsOf(new PacketView(reading).decode(bytes, at, end))).toEqual(fieldsOf(alone));
      }),
      { numRuns: 1000 },
    );
  });
});

function decode(frame: Uint8Array, reading?: PacketReading): PacketView {
  const { bytes, at, end } = placed(frame);
  return new PacketView(reading).decode(bytes, at, end);
}

function fieldsOf(view: PacketView): unknown {
  const { malformed, ipVersion, isFragment, isTcp, isUdp, frameAt } = view;
  if (!isTcp) return { malformed, ipVersion, isFragment, isTcp, isUdp };
  const { srcPort, dstPort, seq, ack, flags, payloadLength } = view;
  const fields = { ipVersion, srcPort, dstPort, seq, ack, flags, payloadLength };
  return { ...fields, places: [view.srcAt, view.dstAt, view.payloadAt].map((at) => at - frameAt) };
}

describe('a frame longer than its length field can say', () => {
  const longer = (frame: Uint8Array, ipHeaders: number, by = 66_000): Uint8Array => {
    const big = concat(frame, new Uint8Array(by));
    big.set([0, 0], ipHeaders === 34 ? 16 : 18);
    return big;
  };
  const JUMBO = hex`06 00 c2 04 00 01`;
  const jumbo = (option: Uint8Array, more: number): Uint8Array => {
    const plain = longer(tcpFrame(SEGMENT_V6), 54);
    const length = plain.length - 54 + 8 + more;
    const header = concat(option, Uint8Array.of((length >> 8) & 0xff, length & 0xff));
    const big = concat(plain.slice(0, 54), header, plain.slice(54));
    big[20] = 0;
    return big;
  };

  test.each([
    { name: 'IPv4 with length 0', frame: longer(tcpFrame(SEGMENT), 34) },
    { name: 'IPv6 with length 0', frame: longer(tcpFrame(SEGMENT_V6), 54) },
    { name: 'IPv6 with the jumbo option', frame: jumbo(JUMBO, 0) },
  ])('is read to its end: $name', ({ frame }) => {
    const view = decode(frame);
    expect(view).toMatchObject({ malformed: undefined, isTcp: true, payloadLength: 66_005 });
    expect(view.ipEnd - view.frameAt).toBe(frame.length);
  });

  test.each([
    { name: 'IPv4 with length 0, short enough', frame: longer(tcpFrame(SEGMENT), 34, 100) },
    { name: 'the jumbo option with more than there is', frame: jumbo(JUMBO, 1) },
    { name: 'a hop-by-hop header of 16 bytes', frame: jumbo(hex`06 01 c2 04 00 01`, 0) },
    { name: 'another option', frame: jumbo(hex`06 00 c3 04 00 01`, 0) },
  ])('is not: $name', ({ frame }) => {
    expect(decode(frame)).toMatchObject({ isTcp: false });
    expect(decode(frame).malformed).toBeDefined();
  });

  test('but one of IPv6 with length 0 that fits has no payload', () => {
    const frame = longer(tcpFrame(SEGMENT_V6), 54, 100);
    expect(decode(frame)).toMatchObject({ isTcp: false });
  });
});
