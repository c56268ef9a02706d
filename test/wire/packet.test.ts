import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PacketView } from '../../src/wire/packet.ts';
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

describe('whatever the bytes', () => {
  const mutated = fc
    .tuple(
      fc.constantFrom(IPV4_SYN, IPV6_SYN, tcpFrame(SEGMENT), tcpFrame(SEGMENT_V6)),
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
      fc.property(anyFrame, (frame) => {
        const view = decode(frame);
        if (!view.isTcp) return;
        expect(view.malformed).toBeUndefined();
        const addressEnd = view.dstAt + (view.ipVersion === 4 ? 4 : 16);
        const places = [view.frameAt + 14, view.srcAt, view.dstAt, addressEnd, view.transportAt];
        const ends = [...places, view.transportAt + 20, view.payloadAt, view.ipEnd, view.frameEnd];
        expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      }),
      { numRuns: 2000 },
    );
  });

  test('the bytes around the frame make no difference', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(40), (frame, before) => {
        const alone = new PacketView().decode(frame, 0, frame.length);
        const { bytes, at, end } = placed(frame, before);
        expect(fieldsOf(new PacketView().decode(bytes, at, end))).toEqual(fieldsOf(alone));
      }),
      { numRuns: 1000 },
    );
  });
});

function decode(frame: Uint8Array): PacketView {
  const { bytes, at, end } = placed(frame);
  return new PacketView().decode(bytes, at, end);
}

function fieldsOf(view: PacketView): unknown {
  const { malformed, ipVersion, isFragment, isTcp, frameAt } = view;
  if (!isTcp) return { malformed, ipVersion, isFragment, isTcp };
  const { srcPort, dstPort, seq, ack, flags, payloadLength } = view;
  const fields = { ipVersion, srcPort, dstPort, seq, ack, flags, payloadLength };
  return { ...fields, places: [view.srcAt, view.dstAt, view.payloadAt].map((at) => at - frameAt) };
}
