import { i32, u8, u16 } from '../../base/bytes.ts';
import {
  ETHERTYPE_ERSPAN,
  ETHERTYPE_ERSPAN_3,
  ETHERTYPE_ETHERNET,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_MPLS_UPSTREAM,
  ETHERTYPE_NSH,
  ETHERTYPE_PPP,
  ETHERTYPE_PPPOE_SESSION,
  type Inside,
  TYPE_IP,
  TYPE_LLC,
} from './layers.ts';

/** Whether IP is found behind all headers that stand before it; if not, `inside.unread` says why. */
export function findIp(inside: Inside): boolean {
  for (let count = 0; count < MOST_HEADERS; count++) {
    const { etherType } = inside;
    if (etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6) return true;
    if (!openLink(inside)) return false;
  }
  return inside.stop('too many headers');
}

/** Goes past one header. */
function openLink(inside: Inside): boolean {
  const { bytes, at } = inside;
  switch (inside.etherType) {
    case VLAN:
    case SERVICE_VLAN:
    case OLD_SERVICE_VLAN:
    case OLD_SERVICE_VLAN_2:
    case OLD_SERVICE_VLAN_3:
      return inside.has(4) && enterType(inside, 4, u16(bytes, at + 2));
    case VN_TAG:
      return inside.has(6) && enterType(inside, 6, u16(bytes, at + 4));
    case E_TAG:
      return inside.has(8) && enterType(inside, 8, u16(bytes, at + 6));
    case PROVIDER_BACKBONE:
      return inside.skip(4, ETHERTYPE_ETHERNET);
    case ETHERTYPE_PPPOE_SESSION:
      return openPppoe(inside);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
      return openMpls(inside);
    case ETHERTYPE_ETHERNET:
      if (!inside.has(14)) return false;
      if (!inside.wrapping.add('ethernet', at)) return inside.stop('too many headers');
      return enterType(inside, 14, u16(bytes, at + 12));
    case ETHERTYPE_PPP:
      return openPpp(inside);
    case TYPE_LLC:
      return openLlc(inside);
    case TYPE_IP:
      return openByVersion(inside);
    case ETHERTYPE_ERSPAN:
      return inside.skip(8, ETHERTYPE_ETHERNET);
    case ETHERTYPE_ERSPAN_3:
      return inside.has(12) && inside.skip(12 + 8 * (u8(bytes, at + 11) & 1), ETHERTYPE_ETHERNET);
    case ETHERTYPE_NSH:
      return openNsh(inside);
    default:
      return stopAtType(inside);
  }
}

/** After a header that ends in an EtherType, or in the length of an IEEE 802.3 frame. */
function enterType(inside: Inside, headerLength: number, type: number): boolean {
  if (type > LONGEST_8023) return inside.skip(headerLength, type);
  if (!inside.skip(headerLength, TYPE_LLC)) return false;
  const lengthAt = inside.at - 2;
  if (!inside.bound(type)) return false; // what follows is padding
  return inside.wrapping.add('length-after', lengthAt) || inside.stop('too many headers');
}

/** IEEE 802.2 and SNAP: RFC 1042, RFC 2684 §5; SAP 6 is IP itself. */
function openLlc(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(3)) return false;
  const sap = u16(bytes, at);
  if (sap === 0x0606) return inside.skip(3, ETHERTYPE_IPV4);
  if (sap !== 0xaaaa) return inside.stop(LLC_NAMES[sap] ?? 'LLC SAP', sap);
  if (!inside.has(8)) return false;
  const organisation = i32(bytes, at + 2) & 0xffffff;
  const type = u16(bytes, at + 6);
  if (organisation === 0 || organisation === BRIDGE_TUNNEL) return inside.skip(8, type);
  if (organisation === BRIDGED) {
    if (type === 0x0001 || type === 0x0007) return inside.skip(8, ETHERTYPE_ETHERNET);
    return inside.stop('bridged frame of another kind');
  }
  return inside.stop('SNAP of another organisation');
}

/** RFC 2516 §4. */
function openPppoe(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(6)) return false;
  if (u16(bytes, at) !== 0x1100) return inside.stop('PPPoE that is no session data');
  const length = u16(bytes, at + 4);
  if (!inside.skip(6, ETHERTYPE_PPP)) return false;
  if (!inside.bound(length)) return false;
  return inside.wrapping.add('length-after', at + 4) || inside.stop('too many headers');
}

/** RFC 1661 §2, with or without address and control, the protocol in one byte or two. */
function openPpp(inside: Inside): boolean {
  const { bytes } = inside;
  if (!inside.has(2)) return false;
  if (u16(bytes, inside.at) === 0xff03) inside.at += 2;
  if (!inside.has(2)) return false;
  const first = u8(bytes, inside.at);
  const isShort = (first & 1) === 1;
  const protocol = isShort ? first : u16(bytes, inside.at);
  inside.at += isShort ? 1 : 2;
  switch (protocol) {
    case 0x0021:
      return inside.skip(0, ETHERTYPE_IPV4);
    case 0x0057:
      return inside.skip(0, ETHERTYPE_IPV6);
    case 0x0281:
    case 0x0283:
      return inside.skip(0, ETHERTYPE_MPLS);
    case 0x0031: // bridged: RFC 3518 §4.2; MAC type 1 is Ethernet
      if (!inside.has(2)) return false;
      if (u8(bytes, inside.at + 1) !== 1) return inside.stop('bridged frame of another kind');
      return inside.skip(2, ETHERTYPE_ETHERNET);
    case 0x003d: // multilink: RFC 1990 §3; a packet in one piece, with a long sequence number
      if (!inside.has(4)) return false;
      if (u8(bytes, inside.at) !== 0xc0) return inside.stop('PPP multilink fragment');
      return inside.skip(4, ETHERTYPE_PPP);
    default:
      if (protocol >= 0x8000) return inside.stop('PPP control');
      return inside.stop(PPP_NAMES[protocol] ?? 'PPP protocol', protocol);
  }
}

/** RFC 3032; behind the last label IP by its version, or a pseudowire's Ethernet frame (RFC 4448), with a control word or not. */
function openMpls(inside: Inside): boolean {
  const { bytes } = inside;
  let isLast = false;
  while (!isLast) {
    if (!inside.has(4)) return false;
    isLast = (u8(bytes, inside.at + 2) & 1) === 1;
    inside.at += 4;
  }
  if (!inside.has(1)) return false;
  const version = u8(bytes, inside.at) >>> 4;
  if (version === 4 && looksLikeIp(inside, 0)) return inside.skip(0, ETHERTYPE_IPV4);
  if (version === 6 && looksLikeIp(inside, 0)) return inside.skip(0, ETHERTYPE_IPV6);
  if (version === 0 && looksLikeEthernet(inside, 4)) return inside.skip(4, ETHERTYPE_ETHERNET);
  if (looksLikeEthernet(inside, 0)) return inside.skip(0, ETHERTYPE_ETHERNET);
  return inside.stop(version === 1 ? 'MPLS associated channel' : 'MPLS pseudowire');
}

/** RFC 8300 §2.2. */
function openNsh(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(8)) return false;
  const type = NSH_TYPES[u8(bytes, at + 3)];
  if (type === undefined) return inside.stop('NSH');
  return inside.skip(4 * (u16(bytes, at) & 0x3f), type);
}

function openByVersion(inside: Inside): boolean {
  if (!inside.has(1)) return false;
  const version = u8(inside.bytes, inside.at) >>> 4;
  if (version === 4) return inside.skip(0, ETHERTYPE_IPV4);
  return version === 6 ? inside.skip(0, ETHERTYPE_IPV6) : inside.stop('neither IPv4 nor IPv6');
}

/** Tells whether an IP packet begins `by` bytes on and ends within the frame. A frame that was cut may end sooner. */
export function looksLikeIp({ bytes, at, end, isCut }: Inside, by: number): boolean {
  const ipAt = at + by;
  if (end - ipAt < 20) return false;
  const version = u8(bytes, ipAt) >>> 4;
  if (version === 4) {
    const length = u16(bytes, ipAt + 2);
    const isThere = isCut || length <= end - ipAt;
    return (u8(bytes, ipAt) & 0x0f) >= 5 && length >= 20 && isThere;
  }
  if (version !== 6 || end - ipAt < 40) return false;
  return isCut || 40 + u16(bytes, ipAt + 4) <= end - ipAt;
}

/** Whether an Ethernet frame begins so far on: a type that is known, with what must follow it. */
export function looksLikeEthernet({ bytes, at, end, isCut }: Inside, by: number): boolean {
  const typeAt = at + by + 12;
  if (end - typeAt < 2) return false;
  const type = u16(bytes, typeAt);
  if (type <= LONGEST_8023) {
    const isThere = type >= 3 && (isCut || type <= end - typeAt - 2);
    return isThere && KNOWN_SAPS.has(u16(bytes, typeAt + 2));
  }
  if (type === ETHERTYPE_IPV4) return end - typeAt > 2 && u8(bytes, typeAt + 2) >>> 4 === 4;
  if (type === ETHERTYPE_IPV6) return end - typeAt > 2 && u8(bytes, typeAt + 2) >>> 4 === 6;
  return type in TYPE_NAMES || KNOWN_TYPES.has(type);
}

function stopAtType(inside: Inside): false {
  const { etherType } = inside;
  return inside.stop(TYPE_NAMES[etherType] ?? 'EtherType', etherType);
}

const MOST_HEADERS = 32;
/** IEEE 802.3 §3.2.6: a type is 0x0600 or more, a length 1,500 or less. */
const LONGEST_8023 = 1535;
const VLAN = 0x8100;
const SERVICE_VLAN = 0x88a8;
/* Tags of before IEEE 802.1ad. */
const OLD_SERVICE_VLAN = 0x9100;
const OLD_SERVICE_VLAN_2 = 0x9200;
const OLD_SERVICE_VLAN_3 = 0x9300;
/** Cisco's VN-Tag. */
const VN_TAG = 0x8926;
/** IEEE 802.1BR. */
const E_TAG = 0x893f;
/** IEEE 802.1ah. */
const PROVIDER_BACKBONE = 0x88e7;
const BRIDGE_TUNNEL = 0x0000f8;
const BRIDGED = 0x0080c2;
const KNOWN_TYPES: ReadonlySet<number> = new Set([
  ...[VLAN, SERVICE_VLAN, OLD_SERVICE_VLAN, OLD_SERVICE_VLAN_2, OLD_SERVICE_VLAN_3],
  ...[ETHERTYPE_MPLS, ETHERTYPE_MPLS_UPSTREAM, ETHERTYPE_PPPOE_SESSION, PROVIDER_BACKBONE],
]);
const KNOWN_SAPS: ReadonlySet<number> = new Set([0xaaaa, 0x0606, 0x4242, 0xfefe]);
const NSH_TYPES: Readonly<Record<number, number>> = {
  1: ETHERTYPE_IPV4,
  2: ETHERTYPE_IPV6,
  3: ETHERTYPE_ETHERNET,
  4: ETHERTYPE_NSH,
  5: ETHERTYPE_MPLS,
};
const TYPE_NAMES: Readonly<Record<number, string>> = {
  2054: 'ARP',
  2114: 'Wake-on-LAN',
  8192: 'CDP',
  8193: 'NHRP',
  8947: 'TRILL',
  32821: 'RARP',
  33079: 'IPX',
  34824: 'Ethernet flow control',
  34825: 'LACP and other slow protocols',
  34915: 'PPPoE discovery',
  34958: 'EAPOL',
  35020: 'LLDP',
  35045: 'MACsec',
  35074: 'CFM',
  35078: 'FCoE',
  35092: 'FCoE initialisation',
  36864: 'Ethernet loopback test',
  35063: 'PTP',
};
const LLC_NAMES: Readonly<Record<number, string>> = {
  16962: 'spanning tree',
  57568: 'IPX',
  61680: 'NetBIOS over LLC',
  65278: 'IS-IS',
  65535: 'IPX',
};
const PPP_NAMES: Readonly<Record<number, string>> = {
  45: 'Van Jacobson compression',
  47: 'Van Jacobson compression',
  83: 'PPP encryption',
  253: 'PPP compression',
};
