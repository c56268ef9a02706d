import { describe, expect, test } from 'vitest';
import { PacketView } from '../../../src/wire/packet.ts';
import { Conversation } from '../../support/conversation.ts';
import { concat, hex } from '../../support/packets.ts';
import { ethernet, ipOf, ipv4, TUNNELS, TUNNELS_OF_IPV6 } from '../../support/tunnels.ts';

const [V4] = new Conversation().handshake().client('GET /').frames.slice(-1) as [Uint8Array];
const ENDS_6 = { client: '2001:0:102:304::1', server: '2001:db8::80' };
const [V6] = new Conversation(ENDS_6).handshake().client('GET /').frames.slice(-1) as [Uint8Array];
const ALL = [
  ...TUNNELS.map((tunnel) => ({ ...tunnel, version: 4, frame: V4 })),
  ...TUNNELS_OF_IPV6.map((tunnel) => ({ ...tunnel, version: 6, frame: V6 })),
];

describe.each(ALL)('IPv$version in $name', ({ wrap, frame, version }) => {
  const wrapped = wrap(frame);

  test('is the packet that is read', () => {
    const packet = read(wrapped);
    const ip = ipOf(frame);
    expect(packet).toMatchObject({ malformed: undefined, isTcp: true, ipVersion: version });
    expect(packet.unread).toBeUndefined();
    expect(wrapped.slice(packet.ipAt, packet.ipEnd)).toEqual(ip);
  });

  test('is read as far as the frame goes, whatever lies behind it', () => {
    for (let end = 14; end < wrapped.length; end++) {
      const views = [wrapped.slice(end), new Uint8Array(64), new Uint8Array(64).fill(0xff)]
        .map((rest) => concat(wrapped.slice(0, end), rest))
        .map((bytes) => summary(new PacketView(OPEN).decode(bytes, 0, end)));
      expect([end, views[1], views[2]]).toEqual([end, views[0], views[0]]);
    }
  });

  test('is not read, and that is told, where a header before it is not whole', () => {
    const { ipAt } = read(wrapped);
    for (let end = 14; end < ipAt; end++) {
      const packet = new PacketView(OPEN).decode(wrapped, 0, end);
      expect(packet.isTcp).toBe(false);
      const isTold = packet.malformed !== undefined || packet.unread !== undefined || packet.isUdp;
      expect([end, isTold]).toEqual([end, true]);
    }
  });

  test('lies at the same places wherever the frame begins', () => {
    const bytes = concat(new Uint8Array(17).fill(0x45), wrapped, hex`45 45`);
    const packet = new PacketView(OPEN).decode(bytes, 17, 17 + wrapped.length);
    const alone = read(wrapped);
    expect([packet.ipAt - 17, packet.ipEnd - 17]).toEqual([alone.ipAt, alone.ipEnd]);
    expect(packet.isTcp).toBe(true);
  });
});

describe('the name of a tunnel is that of its outermost header', () => {
  test.each([
    ['4in4', 'IPv4 in IP'],
    ['GRE', 'GRE'],
    ['VXLAN', 'VXLAN'],
    ['VXLAN on port 8472', 'VXLAN'],
    ['VXLAN-GPE', 'VXLAN-GPE'],
    ['Geneve', 'Geneve'],
    ['GTP-U', 'GTP-U'],
    ['L2TP', 'L2TP'],
    ['L2TPv3', 'L2TP'],
    ['EtherIP', 'EtherIP'],
    ['LISP', 'LISP'],
    ['MPLS in UDP', 'MPLS in UDP'],
    ['TZSP', 'TZSP'],
    ['VXLAN in GRE in PPPoE', 'PPPoE'],
  ])('%s: %s', (name, want) => {
    const { wrap } = TUNNELS.find((tunnel) => tunnel.name === name) as (typeof TUNNELS)[number];
    expect(read(wrap(V4)).tunnel).toBe(want);
  });

  test.each([
    ['6in4', 'IPv6 in IP'],
    ['Teredo', 'Teredo'],
    ['Teredo with authentication and origin', 'Teredo'],
  ])('%s: %s', (name, want) => {
    const tunnel = TUNNELS_OF_IPV6.find((each) => each.name === name);
    expect(read((tunnel as (typeof TUNNELS)[number]).wrap(V6)).tunnel).toBe(want);
  });
});

describe('IP carries what is read no further', () => {
  test.each([
    { protocol: 1, want: 'ICMP' },
    { protocol: 50, want: 'ESP' },
    { protocol: 132, want: 'SCTP' },
    { protocol: 200, want: 'IP protocol', number: 200 },
  ])('protocol $protocol: $want', ({ protocol, want, number = protocol }) => {
    const packet = read(ethernet(0x0800, ipv4(protocol, new Uint8Array(40))));
    expect([packet.unread, packet.unreadNumber]).toEqual([want, number]);
  });

  test.each([
    { name: 'GRE without payload', want: 'GRE keepalive', gre: hex`00 00 00 00` },
    { name: 'GRE of version 2', want: 'GRE of an unknown version', gre: hex`00 02 08 00` },
    {
      name: 'PPTP without a sequence number',
      want: 'GRE without payload',
      gre: hex`20 81 88 0b 00 00 00 07 00 00 00 01`,
    },
    {
      name: 'PPTP whose length goes beyond the packet',
      want: 'cut short',
      gre: hex`30 01 88 0b 00 09 00 07 00 00 00 01 ff 03 00 21 45 00 00 14`,
    },
    {
      name: 'GRE with routing that does not end',
      want: 'cut short',
      gre: hex`40 00 08 00 00 00 00 00 08 00 00 04 c0 00 02 09`,
    },
    { name: 'L2TPv3 control', want: 'L2TP control', protocol: 115, gre: hex`00 00 00 00 c8 03` },
    {
      name: 'an L2TPv3 session of something else',
      want: 'L2TPv3 session',
      protocol: 115,
      gre: concat(hex`00 00 00 07`, new Uint8Array(60).fill(0x11)),
    },
  ])('$name: $want', ({ gre, want, protocol = 47 }) => {
    expect(read(ethernet(0x0800, ipv4(protocol, gre))).unread).toBe(want);
  });

  test('GRE of WCCP, with a redirect header and without', () => {
    for (const header of [hex`00 00 88 3e`, hex`00 00 88 3e 00 01 02 03`]) {
      const packet = read(ethernet(0x0800, ipv4(47, concat(header, ipOf(V4)))));
      expect([packet.isTcp, packet.tunnel]).toEqual([true, 'GRE']);
    }
  });

  test('PPP in an L2TPv3 session without a cookie, or with one of eight bytes', () => {
    for (const cookie of [hex``, hex`01 02 03 04 05 06 07 08`]) {
      const session = concat(hex`00 00 00 07`, cookie, hex`ff 03 00 21`, ipOf(V4));
      expect(read(ethernet(0x0800, ipv4(115, session))).isTcp).toBe(true);
    }
  });
});

describe('a datagram on the port of a tunnel', () => {
  const inner = V4;
  const ip = ipOf(V4);
  const VXLAN = hex`08 00 00 00 00 00 2a 00`;
  test.each([
    { name: 'VXLAN', port: 4789, payload: concat(VXLAN, inner), carries: true },
    {
      name: 'VXLAN without an identifier',
      port: 4789,
      payload: concat(hex`00 00 00 00 00 00 2a 00`, inner),
      carries: false,
    },
    {
      name: 'VXLAN-GPE of Ethernet',
      port: 4790,
      payload: concat(hex`0c 00 00 03 00 00 2a 00`, inner),
      carries: true,
    },
    {
      name: 'VXLAN-GPE of MPLS',
      port: 4790,
      payload: concat(hex`0c 00 00 05 00 00 2a 00 00 01 01 40`, ip),
      carries: true,
    },
    {
      name: 'VXLAN-GPE of NSH',
      port: 4790,
      payload: concat(hex`0c 00 00 04 00 00 2a 00 00 02 01 01 00 00 07 ff`, ip),
      carries: true,
    },
    {
      name: 'VXLAN-GPE of an unknown kind',
      port: 4790,
      payload: concat(hex`0c 00 00 09 00 00 2a 00`, inner),
      carries: false,
    },
    {
      name: 'Geneve of IPv4',
      port: 6081,
      payload: concat(hex`00 00 08 00 00 00 2a 00`, ip),
      carries: true,
    },
    {
      name: 'Geneve of version 1',
      port: 6081,
      payload: concat(hex`40 00 65 58 00 00 2a 00`, inner),
      carries: false,
    },
    {
      name: 'Geneve with an OAM flag beside its length',
      port: 6081,
      payload: concat(hex`01 80 65 58 00 00 2a 00 01 02 03 00`, inner),
      carries: true,
    },
    { name: 'GTP-U', port: 2152, payload: gtp(0x30, 0xff, ip), carries: true },
    { name: 'GTP-U of Ethernet', port: 2152, payload: gtp(0x30, 0xff, inner), carries: true },
    {
      name: 'GTP-U of PPP',
      port: 2152,
      payload: gtp(0x30, 0xff, concat(hex`ff 03 00 21`, ip)),
      carries: true,
    },
    { name: 'GTP-U signalling', port: 2152, payload: gtp(0x30, 0x01, ip), carries: false },
    { name: 'GTP prime', port: 2152, payload: gtp(0x20, 0xff, ip), carries: false },
    { name: 'GTP of version 2', port: 2152, payload: gtp(0x50, 0xff, ip), carries: false },
    {
      name: 'GTP-U with two extension headers',
      port: 2152,
      payload: gtp(0x34, 0xff, concat(hex`00 00 00 85 01 00 07 85 01 00 07 00`, ip)),
      carries: true,
    },
    {
      name: 'GTP-U with an extension header of length 0',
      port: 2152,
      payload: gtp(0x34, 0xff, concat(hex`00 00 00 85 00 00 07 00`, ip)),
      carries: false,
    },
    {
      name: 'GTP-U, padded',
      port: 2152,
      payload: concat(gtp(0x30, 0xff, ip), hex`00 00 00`),
      carries: true,
    },
    {
      name: 'L2TP with an offset',
      port: 1701,
      payload: concat(hex`02 02 00 07 00 08 00 02 00 00 ff 03 00 21`, ip),
      carries: true,
    },
    {
      name: 'L2TP control',
      port: 1701,
      payload: concat(hex`80 02 00 07 00 08 ff 03 00 21`, ip),
      carries: false,
    },
    {
      name: 'L2TP of version 1',
      port: 1701,
      payload: concat(hex`00 01 00 07 00 08 ff 03 00 21`, ip),
      carries: false,
    },
    {
      name: 'L2TP whose length is that of its header and the packet, padded',
      port: 1701,
      payload: concat(hex`40 02`, u16(ip.length + 10), hex`00 07 00 08 00 21`, ip, hex`00 00`),
      carries: true,
    },
    {
      name: 'L2TP longer than its datagram',
      port: 1701,
      payload: concat(hex`40 02`, u16(ip.length + 11), hex`00 07 00 08 00 21`, ip),
      carries: false,
    },
    {
      name: 'GRE in UDP',
      port: 4754,
      payload: concat(hex`00 00 08 00`, ip),
      carries: true,
    },
    {
      name: 'TZSP with fields before its end mark',
      port: 37_008,
      payload: concat(hex`01 00 00 01 00 0a 01 c8 12 02 00 00 01`, inner),
      carries: true,
    },
    {
      name: 'TZSP of something else than Ethernet',
      port: 37_008,
      payload: concat(hex`01 00 00 12 01`, inner),
      carries: false,
    },
    {
      name: 'TZSP of version 2',
      port: 37_008,
      payload: concat(hex`02 00 00 01 01`, inner),
      carries: false,
    },
    {
      name: 'a keepalive of TZSP',
      port: 37_008,
      payload: concat(hex`01 04 00 01 01`, inner),
      carries: false,
    },
    {
      name: 'a tunnel on no port of one',
      port: 4788,
      payload: concat(VXLAN, inner),
      carries: false,
    },
  ])('$name is looked into: $carries', ({ port, payload, carries }) => {
    for (const [src, dst] of [
      [50_000, port],
      [port, 50_000],
    ] as const) {
      const packet = read(datagram(src, dst, payload));
      if (carries) expect(packet).toMatchObject({ isTcp: true, dstPort: 443, unread: undefined });
      else expect(packet).toMatchObject({ isUdp: true, srcPort: src, dstPort: dst, ipAt: 14 });
      expect(packet.malformed).toBeUndefined();
      expect(packet.tunnel === undefined).toBe(!carries);
    }
  });

  test.each([
    { name: 'Teredo by the source address', client: '2001:0:102:304::1', server: '2001:db8::8' },
    { name: 'Teredo by the destination', client: '2001:db8::8', server: '2001:0:102:304::1' },
    { name: 'a message of its routers', client: 'fe80::1', server: '2001:db8::8' },
  ])('of any port may be $name', ({ name: _, ...ends }) => {
    const [frame] = new Conversation(ends).handshake().client('x').frames.slice(-1);
    expect(read(datagram(50_000, 9999, ipOf(frame as Uint8Array))).tunnel).toBe('Teredo');
  });

  test('of any port is no Teredo by other addresses, nor with IPv4', () => {
    const ends = { client: '2001:1::1', server: '2001:db8::8' };
    const [frame] = new Conversation(ends).handshake().client('x').frames.slice(-1);
    for (const payload of [ipOf(frame as Uint8Array), ip]) {
      expect(read(datagram(50_000, 9999, payload))).toMatchObject({ isUdp: true, dstPort: 9999 });
    }
    expect(read(datagram(50_000, 3544, ip))).toMatchObject({ isUdp: true, dstPort: 3544 });
  });
});

test('a packet is found behind eight tunnels, and not behind more', () => {
  const nested = (count: number): Uint8Array => {
    let ip = ipOf(V4);
    for (let i = 0; i < count; i++) ip = ipv4(4, ip);
    return ethernet(0x0800, ip);
  };
  const packets = [8, 9].map((count) => read(nested(count)));
  expect(packets.map(({ isTcp }) => isTcp)).toEqual([true, false]);
  expect(packets[1]?.unread).toBe('too many headers');
});

test('bytes that are no packet are malformed in a tunnel of IP, and a payload in a datagram', () => {
  const bad = concat(hex`45 00 00 14`, new Uint8Array(8));
  expect(read(ethernet(0x0800, ipv4(4, bad))).malformed).toBeDefined();
  const packet = read(datagram(50_000, 4341, concat(new Uint8Array(8), bad)));
  expect(packet).toMatchObject({ malformed: undefined, isUdp: true, tunnel: undefined });
});

/** All that the view says of a frame. */
function summary(packet: PacketView): unknown {
  const { malformed, unread, unreadNumber, tunnel, isTcp, isUdp, ipVersion } = packet;
  const known = { malformed, unread, tunnel, isTcp, isUdp, ipVersion };
  const number = unread === undefined ? 0 : unreadNumber;
  const { ipAt, ipEnd, payloadAt, payloadEnd } = packet;
  return isTcp || isUdp ? { ...known, ipAt, ipEnd, payloadAt, payloadEnd } : { ...known, number };
}

function read(frame: Uint8Array): PacketView {
  return new PacketView(OPEN).decode(frame, 0, frame.length);
}

function datagram(src: number, dst: number, payload: Uint8Array): Uint8Array {
  const header = concat(u16(src), u16(dst), u16(8 + payload.length), hex`00 00`);
  return ethernet(0x0800, ipv4(17, concat(header, payload)));
}

function gtp(flags: number, type: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(flags, type), u16(body.length), hex`00 00 00 07`, body);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

const OPEN = { tcpHeader: 'strict', extensionHeaders: 'walk', tunnels: 'open' } as const;
