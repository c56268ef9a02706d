import { describe, expect, test } from 'vitest';
import { CaptureReader } from '../../../src/dataplane/capture/capture-reader.ts';
import { FrameView, likeCaptured } from '../../../src/dataplane/capture/link-layer.ts';
import { PacketView } from '../../../src/wire/packet.ts';
import { interfaceBlock, pcapFile, sectionHeader, simplePacket } from '../../support/capture.ts';
import { temporaryFile } from '../../support/folder.ts';
import { ascii, concat, hex, tcpFrame } from '../../support/packets.ts';

const SEGMENT = { srcPort: 40_000, dstPort: 80, seq: 1, ack: 1, flags: 'PA' };
const V4 = tcpFrame({ ...SEGMENT, src: '10.0.0.1', dst: '198.18.0.80', payload: ascii('GET /') });
const V6 = tcpFrame({ ...SEGMENT, src: '2001:db8::1', dst: '2001:db8::80', payload: ascii('GET') });
const IP = V4.slice(14);
const NOTHING = hex``;
const SNAP = hex`aa aa 03 00 00 00 08 00`;
/** A data frame from a station to the network. */
const WIFI = hex`08 01 00 00 02 00 00 00 00 0a 02 00 00 00 00 0b 02 00 00 00 00 0c 00 00`;
/** Incoming, Ethernet, six bytes of address. */
const SLL = hex`00 00 00 01 00 06 02 00 0a 00 00 01 00 00`;
/** The EtherType comes first; interface 3, Ethernet, incoming, six bytes of address. */
const SLL2 = hex`00 00 00 00 00 03 00 01 00 06 02 00 0a 00 00 01 00 00`;

describe.each([
  { name: 'Ethernet', linkType: 1, v4: V4.slice(0, 14), v6: V6.slice(0, 14) },
  { name: 'raw IP', linkType: 101, v4: NOTHING, v6: NOTHING },
  { name: 'raw IP as BSD numbers it', linkType: 12, v4: NOTHING, v6: NOTHING },
  { name: 'raw IP as OpenBSD numbers it', linkType: 14, v4: NOTHING, v6: NOTHING },
  { name: 'IPv4', linkType: 228, v4: NOTHING, v6: undefined },
  { name: 'IPv6', linkType: 229, v4: undefined, v6: NOTHING },
  { name: 'Linux cooked', linkType: 113, v4: concat(SLL, hex`08 00`), v6: concat(SLL, hex`86 dd`) },
  {
    name: 'Linux cooked, version 2',
    linkType: 276,
    v4: concat(hex`08 00`, SLL2),
    v6: concat(hex`86 dd`, SLL2),
  },
  { name: 'BSD loopback, little-endian', linkType: 0, v4: hex`02 00 00 00`, v6: hex`1e 00 00 00` },
  { name: 'BSD loopback, big-endian', linkType: 0, v4: hex`00 00 00 02`, v6: hex`00 00 00 1c` },
  { name: 'OpenBSD loopback', linkType: 108, v4: hex`00 00 00 02`, v6: hex`00 00 00 18` },
])('$name', ({ linkType, v4, v6 }) => {
  const rows = [
    { version: 4, frame: V4, header: v4 },
    { version: 6, frame: V6, header: v6 },
  ].filter((row) => row.header !== undefined);

  test.each(rows)('becomes an Ethernet frame with IPv$version', ({ version, frame, header }) => {
    const captured = concat(header ?? NOTHING, frame.subarray(14));
    const { view, reader } = firstFrame(pcapFile({ linkType }, [{ bytes: captured }]));
    const packet = new PacketView().decode(view.bytes, view.at, view.end);
    expect(packet).toMatchObject({ malformed: undefined, ipVersion: version, isTcp: true });
    expect([...view.bytes.subarray(packet.ipAt, view.end)]).toEqual([...frame.subarray(14)]);
    const { bytes, at, end } = reader.packet;
    expect([...bytes.subarray(at, end)]).toEqual([...captured]);
  });

  test.each(rows)('is what a made frame with IPv$version becomes', ({ frame, header }) => {
    const captured = concat(header ?? NOTHING, frame.subarray(14));
    const { reader } = firstFrame(pcapFile({ linkType }, [{ bytes: captured }]));
    const made = likeCaptured(frame, reader.packet);
    expect([...made]).toEqual([...asSent(captured, linkType)]);
  });
});

test.each([
  { name: 'nothing', bytes: NOTHING },
  { name: 'one byte', bytes: hex`45` },
  {
    name: 'neither IPv4 nor IPv6',
    bytes: hex`ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff`,
  },
])('$name is a frame that holds no IP, whatever the link type', ({ bytes }) => {
  for (const linkType of [0, 1, 12, 14, 101, 108, 113, 276]) {
    const { view } = firstFrame(pcapFile({ linkType }, [{ bytes }]));
    expect(view.at).toBeLessThanOrEqual(view.end);
    expect(new PacketView().decode(view.bytes, view.at, view.end).isTcp).toBe(false);
  }
});

test.each([
  {
    name: 'another version',
    linkType: 101,
    bytes: hex`50 00 00 14`,
    want: 'neither IPv4 nor IPv6',
  },
  { name: 'no bytes', linkType: 101, bytes: NOTHING, want: 'cut short' },
  { name: 'AppleTalk', linkType: 0, bytes: hex`10 00 00 00 45 00`, want: 'address family 16' },
  { name: 'OSI', linkType: 108, bytes: hex`00 00 00 07 45 00`, want: 'address family 7' },
  { name: 'half a family', linkType: 0, bytes: hex`02 00`, want: 'cut short' },
])('$name on link type $linkType is told as $want', ({ linkType, bytes, want }) => {
  expect(firstFrame(pcapFile({ linkType }, [{ bytes }])).view.unread).toBe(want);
});

test('a VLAN tag stays where it is', () => {
  const tag = hex`81 00 00 2a`;
  const tagged = concat(V4.subarray(0, 12), tag, V4.subarray(12));
  const ethernet = firstFrame(pcapFile({}, [{ bytes: tagged }])).view;
  expect([...ethernet.bytes.subarray(ethernet.at, ethernet.end)]).toEqual([...tagged]);
  const cooked = concat(SLL, tagged.subarray(12));
  const { view } = firstFrame(pcapFile({ linkType: 113 }, [{ bytes: cooked }]));
  expect([...view.bytes.subarray(view.at + 12, view.end)]).toEqual([...tagged.subarray(12)]);
});

test('the first packet of a file has room for a header before it', () => {
  const ip = V4.subarray(14);
  const interfaces = interfaceBlock({ linkType: 101 });
  const { view } = firstFrame(concat(sectionHeader(), interfaces, simplePacket({ bytes: ip })));
  expect([...view.bytes.subarray(view.at + 12, view.end)]).toEqual([...V4.subarray(12)]);
});

test.each([
  { name: 'PPPoE', linkType: 51, captured: pppoe(IP) },
  { name: 'NetAnalyzer', linkType: 240, captured: concat(hex`00 00 00 00`, V4) },
])('a capture of $name is read to its end', ({ linkType, captured }) => {
  const packets = Array.from({ length: 30 }, () => ({ bytes: captured }));
  const reader = new CaptureReader(temporaryFile(pcapFile({ linkType }, packets)));
  const view = new FrameView(reader);
  let count = 0;
  while (reader.next()) {
    const { bytes, at, end, unread } = view.decode(reader.packet);
    if (unread === undefined && new PacketView().decode(bytes, at, end).isTcp) count++;
  }
  reader.close();
  expect(count).toBe(30);
});

describe.each(['little', 'big'] as const)("netfilter's log in %s-endian order", (order) => {
  test.each([
    { name: 'a packet of 256 bytes', length: 256, before: [] },
    { name: 'a packet of 512 bytes', length: 512, before: [] },
    { name: 'a packet of 769 bytes', length: 769, before: [] },
    { name: 'a packet of 1282 bytes', length: 1282, before: [] },
    { name: 'fields before the packet', length: 1282, before: [field(1, hex`08 00 00 00`, order)] },
    {
      name: 'a nested field before the packet',
      length: 256,
      before: [field(1, hex`08 00 00 00`, order), field(0x8014, hex`00 00 00 00`, order)],
    },
  ])('is read with $name', ({ length, before }) => {
    const payload = new Uint8Array(length - 44);
    const ip = tcpFrame({ ...SEGMENT, src: '10.0.0.1', dst: '10.0.0.2', payload }).slice(14);
    const captured = concat(hex`02 00 00 00`, ...before, field(9, ip, order));
    const { view } = firstFrame(pcapFile({ linkType: 239 }, [{ bytes: captured }]));
    expect(view.unread).toBeUndefined();
    expect([...view.bytes.subarray(view.at + 14, view.end)]).toEqual([...ip]);
  });
});

describe.each<{ name: string; linkType: number; wrap: (ip: Uint8Array) => Uint8Array }>([
  { name: 'PPP', linkType: 9, wrap: (ip) => concat(hex`ff 03 00 21`, ip) },
  { name: 'PPP in HDLC framing', linkType: 50, wrap: (ip) => concat(hex`ff 03 00 21`, ip) },
  { name: 'PPPoE', linkType: 51, wrap: pppoe },
  { name: 'LLC', linkType: 100, wrap: (ip) => concat(SNAP, ip) },
  { name: 'Cisco HDLC', linkType: 104, wrap: (ip) => concat(hex`0f 00 08 00`, ip) },
  { name: 'IEEE 802.11', linkType: 105, wrap: (ip) => concat(WIFI, SNAP, ip) },
  { name: 'Frame Relay', linkType: 107, wrap: (ip) => concat(hex`18 41 03 cc`, ip) },
  {
    name: 'IEEE 802.11 with radiotap header',
    linkType: 127,
    wrap: (ip) => concat(hex`00 00 08 00 00 00 00 00`, WIFI, SNAP, ip),
  },
  { name: 'PPP with direction', linkType: 204, wrap: (ip) => concat(hex`01 ff 03 00 21`, ip) },
  { name: 'MPLS', linkType: 219, wrap: (ip) => concat(hex`00 01 01 40`, ip) },
  ...(['little', 'big'] as const).map((order) => ({
    name: `netfilter log, ${order}-endian`,
    linkType: 239,
    wrap: (ip: Uint8Array) =>
      concat(hex`02 00 00 00`, field(1, hex`08 00 00 00`, order), field(9, ip, order)),
  })),
  { name: 'NetAnalyzer', linkType: 240, wrap: (ip) => netAnalyzer(0x0800, ip) },
  {
    name: 'NetAnalyzer with IEEE 802.3',
    linkType: 240,
    wrap: (ip) => netAnalyzer(ip.length + SNAP.length, concat(SNAP, ip)),
  },
])('an annotated copy of a capture of $name', ({ linkType, wrap }) => {
  const captured = wrap(IP);
  const file = pcapFile({ linkType }, [{ bytes: captured }]);
  const payload = ascii('x'.repeat(301));
  const longer = tcpFrame({ ...SEGMENT, src: '198.18.0.80', dst: '10.0.0.1', payload });

  test('has the bytes of the file', () => {
    const { bytes, at, end } = firstFrame(file).reader.packet;
    expect([...bytes.subarray(at, end)]).toEqual([...captured]);
  });

  test('has the headers of the link before a made packet, with its length', () => {
    const made = likeCaptured(longer, firstFrame(file).reader.packet);
    expect([...made]).toEqual([...wrap(longer.slice(14))]);
    const { view } = firstFrame(pcapFile({ linkType }, [{ bytes: made }]));
    const packet = new PacketView().decode(view.bytes, view.at, view.end);
    expect(view.unread).toBeUndefined();
    expect([...view.bytes.subarray(packet.ipAt, packet.ipEnd)]).toEqual([...longer.slice(14)]);
  });
});

test.each([
  { linkType: 50, captured: hex`8f 00 80 35 00 00 00 02 00 00 00 01 00 00 00 01 ff ff` },
  { linkType: 104, captured: hex`8f 00 80 35 00 00 00 02 00 00 00 01 00 00 00 01 ff ff` },
  { linkType: 205, captured: hex`01 8f 00 80 35 00 00 00 02 00 00 00 01 00 00 00 01 ff ff` },
])("Cisco's keepalives are told by their name on link type $linkType", ({ linkType, captured }) => {
  const { view } = firstFrame(pcapFile({ linkType }, [{ bytes: captured }]));
  expect(view.unread).toBe('SLARP');
});

/** A field of netfilter's log: its length with this head, its type, its value, padded. */
function field(type: number, value: Uint8Array, order: 'little' | 'big'): Uint8Array {
  const u16 = (number: number): Uint8Array => {
    const bytes = [number >> 8, number];
    return Uint8Array.from(order === 'big' ? bytes : bytes.reverse());
  };
  const padding = new Uint8Array(-value.length & 3);
  return concat(u16(value.length + 4), u16(type), value, padding);
}

/** A frame with its check sequence, which nobody computed, behind the four bytes of NetAnalyzer. */
function netAnalyzer(typeOrLength: number, contents: Uint8Array): Uint8Array {
  const type = Uint8Array.of(typeOrLength >> 8, typeOrLength);
  return concat(hex`00 00 00 00`, V4.slice(0, 12), type, contents, new Uint8Array(4));
}

/** The packet in a session of PPPoE, without Ethernet. */
function pppoe(ip: Uint8Array): Uint8Array {
  const length = ip.length + 2;
  return concat(hex`11 00 00 01`, Uint8Array.of(length >> 8, length), hex`00 21`, ip);
}

/** The first packet of the file, as it is and as a frame. */
function firstFrame(file: Uint8Array): { view: FrameView; reader: CaptureReader } {
  const reader = new CaptureReader(temporaryFile(file));
  expect(reader.next()).toBe(true);
  const view = new FrameView(reader).decode(reader.packet);
  reader.close();
  return { view, reader };
}

/** The packet type of cooked captures says who sent it. */
function asSent(captured: Uint8Array, linkType: number): Uint8Array {
  const sent = captured.slice();
  if (linkType === 113) sent[1] = 4;
  if (linkType === 276) sent[10] = 4;
  return sent;
}
