import { describe, expect, test } from 'vitest';
import { PacketView } from '../../../src/wire/packet.ts';
import { unreadText } from '../../../src/wire/tunnel/unread.ts';
import { Conversation } from '../../support/conversation.ts';
import { concat, hex } from '../../support/packets.ts';
import { ethernet, ipOf } from '../../support/tunnels.ts';

const OPEN = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;
const SNAP = hex`aa aa 03 00 00 00 08 00`;
const FRAME = lastFrame({});
const IP = ipOf(FRAME);
const IP_6 = ipOf(lastFrame({ client: 'fd00::1', server: 'fd00::2' }));

describe('IP is found behind', () => {
  test.each([
    { name: 'a VN-Tag', frame: ethernet(0x8926, hex`00 01 00 02 08 00`, IP) },
    { name: 'an E-Tag', frame: ethernet(0x893f, hex`00 01 00 02 00 03 08 00`, IP) },
    {
      name: 'a service tag and a customer tag',
      frame: ethernet(0x88a8, hex`00 01 81 00 00 02 08 00`, IP),
    },
    { name: 'NSH', frame: ethernet(0x894f, hex`0f c2 01 01 00 00 07 ff`, IP) },
    { name: 'NSH of IPv6', frame: ethernet(0x894f, hex`0f c2 01 02 00 00 07 ff`, IP_6) },
    { name: 'NSH of Ethernet', frame: ethernet(0x894f, hex`0f c2 01 03 00 00 07 ff`, FRAME) },
    {
      name: 'NSH with metadata',
      frame: ethernet(0x894f, hex`0f c4 01 01 00 00 07 ff 01 02 03 04 05 06 07 08`, IP),
    },
    { name: 'MPLS upstream labels', frame: ethernet(0x8848, hex`00 01 01 40`, IP) },
    { name: 'SNAP of the bridge tunnel', frame: llc(hex`aa aa 03 00 00 f8 08 00`, IP) },
    { name: 'SNAP of a bridged frame', frame: llc(hex`aa aa 03 00 80 c2 00 07`, FRAME) },
    {
      name: 'SNAP of a bridged frame with its checksum',
      frame: llc(hex`aa aa 03 00 80 c2 00 01`, FRAME),
    },
    {
      name: 'SNAP in a VLAN tag',
      frame: ethernet(0x8100, hex`00 01`, u16(IP.length + 8), SNAP, IP),
    },
    { name: 'PPP with address', frame: pppoe(hex`ff 03 00 21`, IP) },
    { name: 'PPP with a short protocol', frame: pppoe(hex`21`, IP) },
    { name: 'PPP with a short protocol, of IPv6', frame: pppoe(hex`57`, IP_6) },
    { name: 'PPP of MPLS', frame: pppoe(hex`02 81 00 01 01 40`, IP) },
    { name: 'PPP of MPLS multicast', frame: pppoe(hex`02 83 00 01 01 40`, IP) },
    { name: 'PPP of a bridged frame', frame: pppoe(hex`00 31 00 01`, FRAME) },
    { name: 'PPP multilink in one piece', frame: pppoe(hex`00 3d c0 00 00 01 00 21`, IP) },
    {
      name: 'an MPLS pseudowire',
      frame: ethernet(0x8847, hex`00 01 11 40`, FRAME),
    },
    {
      name: 'an MPLS pseudowire of IEEE 802.3',
      frame: ethernet(0x8847, hex`00 01 11 40`, llc(SNAP, IP)),
    },
    { name: 'an MPLS label, IPv6', frame: ethernet(0x8847, hex`00 01 01 40`, IP_6) },
  ])('$name', ({ frame }) => {
    const packet = read(frame);
    expect(packet).toMatchObject({ isTcp: true, malformed: undefined, unread: undefined });
    expect([IP, IP_6]).toContainEqual(frame.slice(packet.ipAt, packet.ipEnd));
  });
});

describe('IP is not found, and that is told, in', () => {
  test.each([
    { frame: ethernet(0x0806, new Uint8Array(28)), want: 'ARP' },
    { frame: ethernet(0x1234, new Uint8Array(28)), want: 'EtherType 0x1234' },
    { frame: ethernet(0x8863, hex`11 09 00 00 00 00`), want: 'PPPoE discovery' },
    {
      frame: ethernet(0x8864, hex`11 a7 00 01 00 00 00 21`),
      want: 'PPPoE that is no session data',
    },
    { frame: pppoe(hex`c0 21 01 01`), want: 'PPP control' },
    { frame: pppoe(hex`80 21 01 01`), want: 'PPP control' },
    { frame: pppoe(hex`7f ff 01 01`), want: 'PPP protocol 0x00' },
    { frame: pppoe(hex`00 fd 01 01`), want: 'PPP compression' },
    { frame: pppoe(hex`02 07 01 01`), want: 'PPP protocol 0x0207' },
    { frame: pppoe(hex`00 31 00 02`, FRAME), want: 'bridged frame of another kind' },
    { frame: pppoe(hex`00 3d 80 00 00 01 00 21`, IP), want: 'PPP multilink fragment' },
    { frame: pppoe(hex`ff 03`), want: 'cut short' },
    { frame: pppoe(hex`00`), want: 'cut short' },
    { frame: llc(hex`42 42 03`, new Uint8Array(40)), want: 'spanning tree' },
    { frame: llc(hex`12 34 03`, new Uint8Array(40)), want: 'LLC SAP 0x1234' },
    { frame: llc(hex`aa aa 03 00 00 0c 20 00`), want: 'SNAP of another organisation' },
    { frame: llc(hex`aa aa 03 00 80 c2 00 0e`), want: 'bridged frame of another kind' },
    { frame: llc(hex`aa aa 03 00 00 00`), want: 'cut short' },
    { frame: llc(hex`aa aa`), want: 'cut short' },
    { frame: ethernet(0x894f, hex`0f c2 01 09 00 00 07 ff`, IP), want: 'NSH' },
    { frame: ethernet(0x8847, hex`00 01 11 40 10 00 00 21`), want: 'MPLS associated channel' },
    { frame: ethernet(0x8847, hex`00 01 11 40 00 00 00 00 01`), want: 'MPLS pseudowire' },
    { frame: ethernet(0x8847, hex`00 01 10 40`), want: 'cut short' },
    { frame: ethernet(0x8847, hex`00 01 11 40`), want: 'cut short' },
    { frame: ethernet(0x8847, hex`00 01 11 40 45 00 00 14`), want: 'MPLS pseudowire' },
  ])('$want', ({ frame, want }) => {
    const { isTcp, unread, unreadNumber } = read(frame);
    expect(isTcp).toBe(false);
    expect(unreadText(unread, unreadNumber)).toContain(want);
  });
});

describe('the first bytes behind MPLS tell their kind:', () => {
  const behind = (...rest: readonly Uint8Array[]): PacketView =>
    read(ethernet(0x8847, hex`00 01 01 40`, ...rest));

  test.each([
    { name: 'a header of 4 words', at: 0, bytes: hex`44` },
    { name: 'a length under 20', at: 2, bytes: hex`00 13` },
    { name: 'a length beyond the frame', at: 2, bytes: u16(IP.length + 1) },
  ])('no IPv4 with $name', ({ at, bytes }) => {
    const ip = IP.slice();
    ip.set(bytes, at);
    expect(behind(ip)).toMatchObject({ isTcp: false, unread: 'MPLS pseudowire' });
  });

  test('IPv4 with padding behind it, and IPv6 only where all of it is there', () => {
    expect(behind(IP, hex`00 00`).isTcp).toBe(true);
    expect(behind(IP_6).isTcp).toBe(true);
    expect(behind(IP_6.slice(0, -1)).unread).toBe('MPLS pseudowire');
    expect(behind(IP_6.slice(0, 39)).unread).toBe('MPLS pseudowire');
  });

  test.each([
    {
      name: 'of a type that is read',
      type: 0x8864,
      rest: hex`11 00 00 01 00 04 c0 21 01 01`,
      want: 'PPP control',
    },
    { name: 'of a type that has a name', type: 0x0806, rest: new Uint8Array(28), want: 'ARP' },
    {
      name: 'of IEEE 802.3',
      type: 38,
      rest: concat(hex`42 42 03`, new Uint8Array(35)),
      want: 'spanning tree',
    },
    {
      name: 'of IEEE 802.3, too long',
      type: 39,
      rest: concat(hex`42 42 03`, new Uint8Array(35)),
      want: 'MPLS pseudowire',
    },
    { name: 'of IEEE 802.3, too short', type: 2, rest: hex`42 42 03`, want: 'MPLS pseudowire' },
    {
      name: 'of a SAP that nobody has',
      type: 38,
      rest: concat(hex`13 37 03`, new Uint8Array(35)),
      want: 'MPLS pseudowire',
    },
    {
      name: 'of IPv4 that is none',
      type: 0x0800,
      rest: new Uint8Array(40),
      want: 'MPLS pseudowire',
    },
    {
      name: 'of IPv6 that is none',
      type: 0x86dd,
      rest: new Uint8Array(40),
      want: 'MPLS pseudowire',
    },
    { name: 'of IPv4 that has not begun', type: 0x0800, rest: hex``, want: 'MPLS pseudowire' },
    { name: 'of no known type', type: 0x1234, rest: new Uint8Array(40), want: 'MPLS pseudowire' },
  ])('a frame $name: $want', ({ type, rest, want }) => {
    for (const control of [hex``, hex`00 00 00 00`]) {
      expect(behind(control, ethernet(type, rest)).unread).toBe(want);
    }
  });
});

describe('the end of a packet is', () => {
  test.each([
    { name: 'where PPPoE says', frame: concat(pppoe(hex`00 21`, IP), hex`00 00 00`) },
    { name: 'where IEEE 802.3 says', frame: concat(llc(SNAP, IP), hex`00 00 00`) },
    {
      name: 'where the frame in a tag says',
      frame: ethernet(0x8926, hex`00 01 00 02`, u16(IP.length + 8), SNAP, IP, hex`00 00 00`),
    },
  ])('$name, whatever the packet in it says', ({ frame }) => {
    const packet = read(frame);
    expect(packet.isTcp).toBe(true);
    const longer = frame.slice();
    longer.set(u16(IP.length + 3), packet.ipAt + 2); // the padding is no part of it
    const { ipEnd, malformed } = read(longer);
    expect(malformed !== undefined || ipEnd === packet.ipEnd).toBe(true);
  });

  test('not beyond the frame: a longer PPPoE is cut short', () => {
    const frame = ethernet(0x8864, hex`11 00 00 01`, u16(IP.length + 3), hex`00 21`, IP);
    expect(read(frame)).toMatchObject({ isTcp: false, unread: 'cut short' });
  });
});

test('a packet is found behind many headers of a link, but not behind any number', () => {
  const tagged = (count: number): Uint8Array =>
    ethernet(
      0x8926,
      ...Array.from({ length: count }, () => hex`00 01 00 02 89 26`),
      hex`00 01 00 02 08 00`,
      IP,
    );
  expect(read(tagged(20)).isTcp).toBe(true);
  expect(read(tagged(60))).toMatchObject({ isTcp: false, unread: 'too many headers' });
});

describe('why something is not read, as a reader puts it:', () => {
  test.each([
    { unread: undefined, number: 7, want: 'not IP' },
    { unread: 'ARP', number: 2054, want: 'ARP' },
    { unread: 'EtherType', number: 0x88, want: 'EtherType 0x0088' },
    { unread: 'PPP protocol', number: 0x0207, want: 'PPP protocol 0x0207' },
    { unread: 'LLC SAP', number: 0x1234, want: 'LLC SAP 0x1234' },
    { unread: 'IP protocol', number: 200, want: 'IP protocol 200' },
  ])('$want', ({ unread, number, want }) => {
    expect(unreadText(unread, number)).toBe(want);
  });
});

function lastFrame(ends: { readonly client?: string; readonly server?: string }): Uint8Array {
  return new Conversation(ends).handshake().client('GET /').frames.at(-1) as Uint8Array;
}

function read(frame: Uint8Array): PacketView {
  return new PacketView(OPEN).decode(frame, 0, frame.length);
}

function llc(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return ethernet(body.length, body);
}

function pppoe(...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return ethernet(0x8864, hex`11 00 00 01`, u16(body.length), body);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}
