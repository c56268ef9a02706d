import { checksum } from '../../src/wire/checksum.ts';
import { addressBytes, concat, hex } from './packets.ts';

/** Makes of an Ethernet frame with an IP packet one that carries the packet in a wrapping of its own. */
export interface Tunnel {
  readonly name: string;
  wrap(frame: Uint8Array): Uint8Array;
}

const MACS = hex`02 00 00 00 00 0a 02 00 00 00 00 0b`;

export function ipOf(frame: Uint8Array): Uint8Array {
  return frame.slice(14);
}

export function ethernet(type: number, ...rest: readonly Uint8Array[]): Uint8Array {
  return concat(MACS, u16(type), ...rest);
}

/** An IPv4 packet between the ends of a tunnel. */
export function ipv4(protocol: number, payload: Uint8Array): Uint8Array {
  const header = concat(
    hex`45 00`,
    u16(20 + payload.length),
    hex`00 01 00 00 40`,
    Uint8Array.of(protocol, 0, 0),
    addressBytes('192.0.2.1'),
    addressBytes('192.0.2.2'),
  );
  header.set(u16(checksum(header, 0, 20)), 10);
  return concat(header, payload);
}

function ipv6(nextHeader: number, payload: Uint8Array): Uint8Array {
  return concat(
    hex`60 00 00 00`,
    u16(payload.length),
    Uint8Array.of(nextHeader, 64),
    addressBytes('2001:db8::1'),
    addressBytes('2001:db8::2'),
    payload,
  );
}

/** A datagram in IPv4, from one tunnel's end to the other. */
function udp(srcPort: number, dstPort: number, payload: Uint8Array): Uint8Array {
  const header = concat(u16(srcPort), u16(dstPort), u16(8 + payload.length), hex`00 00`);
  return ipv4(17, concat(header, payload));
}

const over = (type: number, make: (ip: Uint8Array) => Uint8Array) => (frame: Uint8Array) =>
  ethernet(type, make(ipOf(frame)));
/** In IPv4, what is made of the whole frame. */
const framed = (make: (frame: Uint8Array) => Uint8Array) => (frame: Uint8Array) =>
  ethernet(0x0800, make(frame));
const packed = (make: (ip: Uint8Array) => Uint8Array) => over(0x0800, make);
const ppp = (ip: Uint8Array): Uint8Array => concat(hex`00 21`, ip);
const gre = (...parts: readonly Uint8Array[]): Uint8Array => ipv4(47, concat(...parts));
const gtp = (flags: number, ...rest: readonly Uint8Array[]): Uint8Array => {
  const body = concat(...rest);
  return udp(
    2152,
    2152,
    concat(Uint8Array.of(flags, 0xff), u16(body.length), hex`00 00 00 07`, body),
  );
};
const VXLAN = hex`08 00 00 00 00 00 2a 00`;

/** Of packets of IPv4. */
export const TUNNELS: readonly Tunnel[] = [
  { name: 'a tag 0x9100', wrap: over(0x9100, (ip) => concat(hex`00 07 08 00`, ip)) },
  {
    name: 'tags 0x9200 and 0x9300',
    wrap: over(0x9200, (ip) => concat(hex`00 01 93 00 00 02 08 00`, ip)),
  },
  {
    name: 'PPPoE',
    wrap: over(0x8864, (ip) => concat(hex`11 00 00 01`, u16(ip.length + 2), ppp(ip))),
  },
  {
    name: 'PPPoE behind a VLAN tag, padded',
    wrap: over(0x8100, (ip) =>
      concat(hex`00 07 88 64 11 00 00 01`, u16(ip.length + 2), ppp(ip), hex`00 00 00 00`),
    ),
  },
  { name: 'an MPLS label', wrap: over(0x8847, (ip) => concat(hex`00 01 01 40`, ip)) },
  {
    name: 'three MPLS labels',
    wrap: over(0x8847, (ip) => concat(hex`00 01 00 40 00 02 00 40 00 03 01 40`, ip)),
  },
  {
    name: 'an MPLS pseudowire with a control word',
    wrap: (frame) => ethernet(0x8847, hex`00 01 21 40 00 00 00 00`, frame),
  },
  {
    name: 'an MPLS pseudowire without one',
    wrap: (frame) => ethernet(0x8847, hex`00 01 11 40`, frame),
  },
  {
    name: 'SNAP',
    wrap: (frame) => ethernet(frame.length - 14 + 8, hex`aa aa 03 00 00 00 08 00`, ipOf(frame)),
  },
  {
    name: 'IP in LLC',
    wrap: (frame) => ethernet(frame.length - 14 + 3, hex`06 06 03`, ipOf(frame)),
  },
  { name: 'a backbone frame', wrap: (frame) => ethernet(0x88e7, hex`00 00 00 07`, frame) },
  { name: '4in4', wrap: packed((ip) => ipv4(4, ip)) },
  { name: '4in6', wrap: over(0x86dd, (ip) => ipv6(4, ip)) },
  { name: '4in4 in 4in6', wrap: over(0x86dd, (ip) => ipv6(4, ipv4(4, ip))) },
  { name: 'GRE', wrap: packed((ip) => gre(hex`00 00 08 00`, ip)) },
  { name: 'GRE over IPv6', wrap: over(0x86dd, (ip) => ipv6(47, concat(hex`00 00 08 00`, ip))) },
  {
    name: 'GRE with checksum, key and number',
    wrap: packed((ip) => gre(hex`b0 00 08 00 00 00 00 00 00 00 00 07 00 00 00 01`, ip)),
  },
  {
    name: 'GRE with routing',
    wrap: packed((ip) => gre(hex`40 00 08 00 00 00 00 00 08 00 00 04 c0 00 02 09 00 00 00 00`, ip)),
  },
  {
    name: 'Ethernet in GRE (NVGRE)',
    wrap: framed((frame) => gre(hex`20 00 65 58 00 00 2a 00`, frame)),
  },
  { name: 'MPLS in GRE', wrap: packed((ip) => gre(hex`00 00 88 47 00 01 01 40`, ip)) },
  { name: 'ERSPAN, type 1', wrap: framed((frame) => gre(hex`00 00 88 be`, frame)) },
  {
    name: 'ERSPAN, type 2',
    wrap: framed((frame) => gre(hex`10 00 88 be 00 00 00 01 10 07 00 01 00 00 00 00`, frame)),
  },
  {
    name: 'ERSPAN, type 3',
    wrap: framed((frame) =>
      gre(hex`10 00 22 eb 00 00 00 01 20 07 00 01 00 00 00 00 00 00 00 00`, frame),
    ),
  },
  {
    name: 'ERSPAN, type 3, with a subheader',
    wrap: framed((frame) =>
      gre(
        hex`10 00 22 eb 00 00 00 01 20 07 00 01 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00`,
        frame,
      ),
    ),
  },
  {
    name: 'PPTP',
    wrap: packed((ip) =>
      gre(hex`30 81 88 0b`, u16(ip.length + 4), hex`00 07 00 00 00 01 00 00 00 01 ff 03`, ppp(ip)),
    ),
  },
  {
    name: 'PPTP with a short protocol',
    wrap: packed((ip) => gre(hex`30 01 88 0b`, u16(ip.length + 1), hex`00 07 00 00 00 01 21`, ip)),
  },
  { name: 'EtherIP', wrap: framed((frame) => ipv4(97, concat(hex`30 00`, frame))) },
  { name: 'VXLAN', wrap: framed((frame) => udp(50_000, 4789, concat(VXLAN, frame))) },
  { name: 'VXLAN on port 8472', wrap: framed((frame) => udp(50_000, 8472, concat(VXLAN, frame))) },
  {
    name: 'VXLAN-GPE',
    wrap: packed((ip) => udp(50_000, 4790, concat(hex`0c 00 00 01 00 00 2a 00`, ip))),
  },
  {
    name: 'Geneve',
    wrap: framed((frame) => udp(50_000, 6081, concat(hex`00 00 65 58 00 00 2a 00`, frame))),
  },
  {
    name: 'Geneve with an option',
    wrap: framed((frame) =>
      udp(50_000, 6081, concat(hex`02 00 65 58 00 00 2a 00 01 02 03 01 00 00 00 00`, frame)),
    ),
  },
  { name: 'GTP-U', wrap: packed((ip) => gtp(0x30, ip)) },
  { name: 'GTP-U with a number', wrap: packed((ip) => gtp(0x32, hex`00 07 00 00`, ip)) },
  {
    name: 'GTP-U with an extension header',
    wrap: packed((ip) => gtp(0x34, hex`00 00 00 85 01 00 07 00`, ip)),
  },
  {
    name: 'L2TP',
    wrap: packed((ip) => udp(1701, 1701, concat(hex`00 02 00 07 00 08 ff 03`, ppp(ip)))),
  },
  {
    name: 'L2TP with length and numbers',
    wrap: packed((ip) =>
      udp(
        1701,
        1701,
        concat(hex`48 02`, u16(ip.length + 16), hex`00 07 00 08 00 01 00 01 ff 03`, ppp(ip)),
      ),
    ),
  },
  {
    name: 'L2TPv3',
    wrap: framed((frame) => ipv4(115, concat(hex`00 00 00 07 01 02 03 04 05 06 07 08`, frame))),
  },
  {
    name: 'L2TPv3 over UDP',
    wrap: framed((frame) => udp(1701, 1701, concat(hex`00 03 00 00 00 00 00 07`, frame))),
  },
  {
    name: 'LISP',
    wrap: packed((ip) => udp(50_000, 4341, concat(hex`00 00 00 00 00 00 00 00`, ip))),
  },
  { name: 'MPLS in UDP', wrap: packed((ip) => udp(50_000, 6635, concat(hex`00 01 01 40`, ip))) },
  {
    name: 'TZSP',
    wrap: framed((frame) => udp(50_000, 37_008, concat(hex`01 00 00 01 01`, frame))),
  },
  {
    name: 'VXLAN in GRE in PPPoE',
    wrap: over(0x8864, (ip) => {
      const inner = gre(hex`00 00 08 00`, udp(50_000, 4789, concat(VXLAN, ethernet(0x0800, ip))));
      return concat(hex`11 00 00 01`, u16(inner.length + 2), ppp(inner));
    }),
  },
];

/** Of packets of IPv6. */
export const TUNNELS_OF_IPV6: readonly Tunnel[] = [
  { name: '6in4', wrap: packed((ip) => ipv4(41, ip)) },
  { name: '6in6', wrap: over(0x86dd, (ip) => ipv6(41, ip)) },
  {
    name: 'PPPoE',
    wrap: over(0x8864, (ip) => concat(hex`11 00 00 01`, u16(ip.length + 2), hex`00 57`, ip)),
  },
  { name: 'Teredo', wrap: packed((ip) => udp(50_000, 3544, ip)) },
  {
    name: 'Teredo with authentication and origin',
    wrap: packed((ip) =>
      udp(
        3544,
        50_000,
        concat(hex`00 01 00 00 01 02 03 04 05 06 07 08 00 00 00 ff fe 3f ff fd fe`, ip),
      ),
    ),
  },
  { name: 'an MPLS label', wrap: over(0x8847, (ip) => concat(hex`00 01 01 40`, ip)) },
];

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}
