import { i32, u8, u16 } from '../../base/bytes.ts';
import {
  ETHERTYPE_ERSPAN,
  ETHERTYPE_ETHERNET,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_NSH,
  ETHERTYPE_PPP,
  type Inside,
  TYPE_IP,
} from './layers.ts';
import { looksLikeEthernet, looksLikeIp } from './link.ts';

/** Whether a protocol of IP carries packets, whose first header `inside` then is at; if not, `inside.unread` says why. */
export function openProtocol(inside: Inside, protocol: number): boolean {
  switch (protocol) {
    case 4:
      return inside.skip(0, ETHERTYPE_IPV4);
    case 41:
      return inside.skip(0, ETHERTYPE_IPV6);
    case 47:
      return openGre(inside);
    case 94: // KA9Q's IPIP
      return inside.skip(0, ETHERTYPE_IPV4);
    case 97: // EtherIP, RFC 3378
      return inside.skip(2, ETHERTYPE_ETHERNET);
    case 115:
      return openSession(inside);
    case 137:
      return inside.skip(0, ETHERTYPE_MPLS);
    default:
      return inside.stop(PROTOCOL_NAMES[protocol] ?? 'IP protocol', protocol);
  }
}

/** Whether one of these UDP ports is of a tunnel, or the payload that of Teredo. */
export function mayBeTunnel(bytes: Uint8Array, portsAt: number, payloadAt: number): boolean {
  const [src, dst] = [u16(bytes, portsAt), u16(bytes, portsAt + 2)];
  return isTunnelPort(dst) || isTunnelPort(src) || u8(bytes, payloadAt) === 0x60;
}

/** Whether the payload of a UDP datagram carries a packet as its ports say, whose first header `inside` then is at. */
export function openDatagram(inside: Inside, portsAt: number): boolean {
  const [src, dst] = [u16(inside.bytes, portsAt), u16(inside.bytes, portsAt + 2)];
  return openPort(inside, dst) || openPort(inside, src) || openTeredo(inside);
}

/** The name of the tunnel that a packet of IP is, by protocol and ports. */
export function tunnelName(bytes: Uint8Array, protocol: number, portsAt: number): string {
  if (protocol !== 17) return TUNNEL_NAMES[protocol] ?? 'tunnel';
  const [src, dst] = [u16(bytes, portsAt), u16(bytes, portsAt + 2)];
  return PORT_NAMES[dst] ?? PORT_NAMES[src] ?? 'Teredo';
}

/** Tells the ports whose datagrams carry packets, as a rule. */
export function isTunnelPort(port: number): boolean {
  switch (port) {
    case 1701:
    case 2152:
    case 3544:
    case 4341:
    case 4754:
    case 4789:
    case 4790:
    case 6081:
    case 6635:
    case 8472:
    case 37_008:
      return true;
    default:
      return false;
  }
}

function openPort(inside: Inside, port: number): boolean {
  switch (port) {
    case 4789:
    case 8472:
      return openVxlan(inside);
    case 4790:
      return openVxlan(inside);
    case 6081:
      return openGeneve(inside);
    case 2152:
      return openGtp(inside);
    case 1701:
      return openL2tp(inside);
    case 3544:
      return openTeredo(inside, true);
    case 4754:
      return openGre(inside);
    case 6635:
      return inside.skip(0, ETHERTYPE_MPLS);
    case 4341: // LISP, RFC 9300 §5
      return inside.skip(8, TYPE_IP);
    case 37_008:
      return openTzsp(inside);
    default:
      return false;
  }
}

/** RFC 2784, RFC 2890, with the routing of RFC 1701; version 1 is PPTP's (RFC 2637 §4.1). */
function openGre(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(4)) return false;
  const flags = u16(bytes, at);
  const type = u16(bytes, at + 2);
  const version = flags & 7;
  if (version === 1) return openPptp(inside, flags);
  if (version !== 0) return inside.stop('GRE of an unknown version');
  const hasChecksum = (flags & 0xc000) !== 0;
  let length = 4 + (hasChecksum ? 4 : 0) + ((flags & 0x2000) !== 0 ? 4 : 0);
  if ((flags & 0x1000) !== 0) length += 4;
  if ((flags & 0x4000) !== 0) {
    for (let isLast = false; !isLast; ) {
      if (!inside.has(length + 4)) return false;
      isLast = i32(bytes, at + length) === 0;
      length += 4 + u8(bytes, at + length + 3);
    }
  }
  if ((flags & 0x8000) !== 0 && !inside.wrapping.add('gre-checksum', at)) {
    return inside.stop('too many headers');
  }
  if (type === 0) return inside.stop('GRE keepalive');
  // ERSPAN of the first type has no header, and no sequence number either.
  const isBare = type === ETHERTYPE_ERSPAN && (flags & 0x1000) === 0;
  if (!inside.skip(length, isBare ? ETHERTYPE_ETHERNET : type)) return false;
  if (type !== WCCP) return true;
  const isRedirected = inside.has(1) && u8(bytes, inside.at) >>> 4 !== 4;
  return inside.skip(isRedirected ? 4 : 0, ETHERTYPE_IPV4);
}

function openPptp(inside: Inside, flags: number): boolean {
  const { at } = inside;
  if ((flags & 0x1000) === 0) return inside.stop('GRE without payload');
  if (!inside.has(12)) return false;
  const length = 12 + ((flags & 0x80) !== 0 ? 4 : 0);
  if (!inside.skip(length, ETHERTYPE_PPP)) return false;
  const payloadLength = u16(inside.bytes, at + 4);
  if (!inside.bound(payloadLength)) return false;
  return inside.wrapping.add('pptp', at) || inside.stop('too many headers');
}

/** RFC 7348 §5; with a protocol that is not Ethernet, its Generic Protocol Extension. */
function openVxlan(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(8)) return false;
  const flags = u8(bytes, at);
  if ((flags & 0x08) === 0) return inside.stop('VXLAN without a network identifier');
  if ((flags & 0x04) === 0) return inside.skip(8, ETHERTYPE_ETHERNET);
  const type = GPE_TYPES[u8(bytes, at + 3)];
  return type === undefined ? inside.stop('VXLAN-GPE') : inside.skip(8, type);
}

/** RFC 8926 §3.4. */
function openGeneve(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(8)) return false;
  if (u8(bytes, at) >>> 6 !== 0) return inside.stop('Geneve of an unknown version');
  return inside.skip(8 + 4 * (u8(bytes, at) & 0x3f), u16(bytes, at + 2));
}

/** 3GPP TS 29.281 §5: a G-PDU, with extension headers. */
function openGtp(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(8)) return false;
  const flags = u8(bytes, at);
  if (flags >>> 4 !== 3) return inside.stop('GTP');
  if (u8(bytes, at + 1) !== 0xff) return inside.stop('GTP-U signalling');
  const length = u16(bytes, at + 2);
  let by = (flags & 7) !== 0 ? 12 : 8;
  if (!inside.has(by) || !inside.bound(8 + length)) return false;
  let next = (flags & 4) !== 0 ? u8(bytes, at + 11) : 0;
  while (next !== 0) {
    if (!inside.has(by + 4)) return false;
    const extension = 4 * u8(bytes, at + by);
    if (extension === 0 || !inside.has(by + extension)) return inside.stop('cut short');
    by += extension;
    next = u8(bytes, at + by - 1);
  }
  if (!inside.wrapping.add('gtp', at)) return inside.stop('too many headers');
  if (looksLikeIp(inside, by)) return inside.skip(by, TYPE_IP);
  if (looksLikeEthernet(inside, by)) return inside.skip(by, ETHERTYPE_ETHERNET);
  return inside.skip(by, ETHERTYPE_PPP);
}

/** RFC 4380 §5.1.1: authentication and origin may stand before the IPv6 packet. */
function openTeredo(inside: Inside, isOwnPort = false): boolean {
  const { bytes, at, end } = inside;
  let ipAt = at;
  if (end - ipAt >= 13 && u16(bytes, ipAt) === 1) {
    ipAt += 13 + u8(bytes, ipAt + 2) + u8(bytes, ipAt + 3);
  }
  if (end - ipAt >= 8 && u16(bytes, ipAt) === 0) ipAt += 8;
  if (!looksLikeIp(inside, ipAt - at) || u8(bytes, ipAt) >>> 4 !== 6) {
    return inside.stop('Teredo without a packet');
  }
  const isTeredo = i32(bytes, ipAt + 8) === TEREDO || i32(bytes, ipAt + 24) === TEREDO;
  // Its routers' own messages have local addresses; on its own port, no address needs to tell it.
  const isKnown = isOwnPort || isTeredo || u16(bytes, ipAt + 8) === 0xfe80;
  return isKnown ? inside.skip(ipAt - at, ETHERTYPE_IPV6) : inside.stop('no Teredo');
}

/** RFC 2661 §3.1, and version 3 over UDP (RFC 3931 §4.1.2.1). */
function openL2tp(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(6)) return false;
  const flags = u16(bytes, at);
  if ((flags & 0x8000) !== 0) return inside.stop('L2TP control');
  const version = flags & 0x0f;
  if (version === 3) return inside.skip(4, 0) && openSession(inside);
  if (version !== 2) return inside.stop('L2TP of an unknown version');
  const hasLength = (flags & 0x4000) !== 0;
  let by = 6 + (hasLength ? 2 : 0) + ((flags & 0x0800) !== 0 ? 4 : 0);
  if ((flags & 0x0200) !== 0) {
    if (!inside.has(by + 2)) return false;
    by += 2 + u16(bytes, at + by);
  }
  if (hasLength) {
    const length = u16(bytes, at + 2);
    if (length > 0 && !inside.bound(length)) return false;
    if (!inside.wrapping.add('l2tp', at + 2)) return inside.stop('too many headers');
  }
  return inside.skip(by, ETHERTYPE_PPP);
}

/** RFC 3931 §4.1: how long cookie and sublayer are was agreed on elsewhere, so the first that fits is taken. */
function openSession(inside: Inside): boolean {
  if (!inside.has(4)) return false;
  if (i32(inside.bytes, inside.at) === 0) return inside.stop('L2TP control');
  for (const by of SESSION_HEADERS) {
    if (looksLikeEthernet(inside, by)) return inside.skip(by, ETHERTYPE_ETHERNET);
    if (looksLikeIp(inside, by)) return inside.skip(by, TYPE_IP);
    if (looksLikePpp(inside, by)) return inside.skip(by, ETHERTYPE_PPP);
  }
  return inside.stop('L2TPv3 session');
}

function looksLikePpp(inside: Inside, by: number): boolean {
  const { bytes, at, end } = inside;
  if (end - at < by + 4 || u16(bytes, at + by) !== 0xff03) return false;
  const protocol = u16(bytes, at + by + 2);
  return (protocol === 0x0021 || protocol === 0x0057) && looksLikeIp(inside, by + 4);
}

/** TaZmen Sniffer Protocol: fields up to an end mark, then the frame. */
function openTzsp(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(5)) return false;
  if (u8(bytes, at) !== 1 || u8(bytes, at + 1) > 1 || u16(bytes, at + 2) !== 1) {
    return inside.stop('TZSP without an Ethernet frame');
  }
  let by = 4;
  while (inside.has(by + 2) && u8(bytes, at + by) !== 1) {
    by += u8(bytes, at + by) === 0 ? 1 : 2 + u8(bytes, at + by + 1);
  }
  return inside.skip(by + 1, ETHERTYPE_ETHERNET);
}

const SESSION_HEADERS = [4, 8, 12, 16];
const WCCP = 0x883e;
/** 2001::/32. */
const TEREDO = 0x2001_0000;
const GPE_TYPES: Readonly<Record<number, number>> = {
  1: ETHERTYPE_IPV4,
  2: ETHERTYPE_IPV6,
  3: ETHERTYPE_ETHERNET,
  4: ETHERTYPE_NSH,
  5: ETHERTYPE_MPLS,
};
/** Of tunnels in UDP (IANA, but 8472: Linux's VXLAN of before it had a number). */
const PORT_NAMES: Readonly<Record<number, string>> = {
  1701: 'L2TP',
  2152: 'GTP-U',
  3544: 'Teredo',
  4341: 'LISP',
  4754: 'GRE in UDP',
  4789: 'VXLAN',
  4790: 'VXLAN-GPE',
  6081: 'Geneve',
  6635: 'MPLS in UDP',
  8472: 'VXLAN',
  37008: 'TZSP',
};
const TUNNEL_NAMES: Readonly<Record<number, string>> = {
  4: 'IPv4 in IP',
  41: 'IPv6 in IP',
  47: 'GRE',
  94: 'IPv4 in IP',
  97: 'EtherIP',
  115: 'L2TP',
  137: 'MPLS in IP',
};
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  0: 'IPv6 extension header',
  1: 'ICMP',
  2: 'IGMP',
  43: 'IPv6 extension header',
  46: 'RSVP',
  50: 'ESP',
  51: 'AH',
  55: 'minimal encapsulation',
  58: 'ICMPv6',
  59: 'no next header',
  60: 'IPv6 extension header',
  88: 'EIGRP',
  89: 'OSPF',
  103: 'PIM',
  108: 'IPComp',
  112: 'VRRP',
  132: 'SCTP',
  136: 'UDP-Lite',
};
