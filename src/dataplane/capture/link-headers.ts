import { u8, u16, u16LE } from '../../base/bytes.ts';
import {
  ETHERTYPE_ETHERNET,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_PPP,
  ETHERTYPE_PPPOE_SESSION,
  type Inside,
  TYPE_IP,
  TYPE_LLC,
} from '../../wire/tunnel/layers.ts';
import { type ByteOrder, getU16, setU16 } from './byte-order.ts';

/** Goes past the header that a link type puts before a packet; false if what it says cannot be read: then `inside.unread` is why. */
export type LinkHeader = (inside: Inside) => boolean;

const NFLOG = 239;
/* Hilscher's; the second with a header of its own before the frame. */
const NETANALYZER = 240;
const NETANALYZER_TRANSPARENT = 241;

/** Of link types that have neither Ethernet's header nor none; https://www.tcpdump.org/linktypes.html. */
export const LINK_HEADERS: ReadonlyMap<number, LinkHeader> = new Map<number, LinkHeader>([
  [9, (inside) => inside.skip(0, ETHERTYPE_PPP)],
  [50, openSerial],
  [51, (inside) => inside.skip(0, ETHERTYPE_PPPOE_SESSION)],
  [100, (inside) => inside.skip(0, TYPE_LLC)],
  [104, openCiscoHdlc],
  [105, openWifi],
  [107, openFrameRelay],
  [109, (inside) => inside.skip(12, TYPE_IP)],
  [117, (inside) => inside.has(1) && inside.skip((u8(inside.bytes, inside.at) + 3) & ~3, TYPE_IP)],
  [119, (inside) => inside.has(8) && inside.skip(prismLength(inside), 0) && openWifi(inside)],
  [127, openRadiotap],
  [163, (inside) => inside.has(8) && inside.skip(prismLength(inside), 0) && openWifi(inside)],
  [204, (inside) => inside.skip(1, ETHERTYPE_PPP)],
  [205, (inside) => inside.skip(1, 0) && openCiscoHdlc(inside)],
  [219, (inside) => inside.skip(0, ETHERTYPE_MPLS)],
  [NFLOG, openNflog],
  [NETANALYZER, (inside) => inside.skip(4, ETHERTYPE_ETHERNET)],
  [NETANALYZER_TRANSPARENT, (inside) => inside.skip(12, ETHERTYPE_ETHERNET)],
]);

/**
 * Ends a packet that was put behind headers of this length. A field of netfilter's log says how long it is, and is padded. In NetAnalyzer's
 * captures a check sequence follows it; 0 stands for one that nobody computed.
 */
export function endPacket(made: Uint8Array, linkType: number, headersLength: number): Uint8Array {
  if (linkType === NETANALYZER || linkType === NETANALYZER_TRANSPARENT) {
    return Buffer.concat([made, new Uint8Array(4)]);
  }
  if (linkType !== NFLOG) return made;
  const fieldAt = headersLength - 4;
  setU16(made, fieldAt, made.length - fieldAt, orderOfLog(made, 4));
  return Buffer.concat([made, new Uint8Array(-made.length & 3)]);
}

/** RFC 1662: PPP between flags, or Cisco's header. */
function openSerial(inside: Inside): boolean {
  if (!inside.has(2)) return false;
  if (u8(inside.bytes, inside.at) === 0xff) return inside.skip(0, ETHERTYPE_PPP);
  return openCiscoHdlc(inside);
}

function openCiscoHdlc(inside: Inside): boolean {
  if (!inside.has(4)) return false;
  const type = u16(inside.bytes, inside.at + 2);
  return type === SLARP ? inside.stop('SLARP') : inside.skip(4, type);
}

/** RFC 2427 §§3–4, or Cisco's header, which has an EtherType. */
function openFrameRelay(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(4)) return false;
  const control = u8(bytes, at + 2);
  if (control !== 3) return inside.skip(4, u16(bytes, at + 2));
  const pad = u8(bytes, at + 3) === 0 ? 1 : 0;
  if (!inside.has(4 + pad)) return false;
  const protocol = u8(bytes, at + 3 + pad);
  if (protocol === 0xcc) return inside.skip(4 + pad, ETHERTYPE_IPV4);
  if (protocol === 0x8e) return inside.skip(4 + pad, ETHERTYPE_IPV6);
  if (protocol !== 0x80 || !inside.has(9 + pad)) return inside.stop('Frame Relay');
  return inside.skip(9 + pad, u16(bytes, at + 7 + pad));
}

/** Fields of netfilter's log (length, type, value), in the order of the machine that captured; the packet is one. */
function openNflog(inside: Inside): boolean {
  const { bytes, end } = inside;
  let at = inside.at + 4;
  const order = orderOfLog(bytes, at);
  while (at + 4 <= end) {
    const length = getU16(bytes, at, order);
    const type = getU16(bytes, at + 2, order) & NFLOG_TYPE;
    if (length < 4) break;
    if (type === NFLOG_PAYLOAD) {
      inside.end = Math.min(end, at + length);
      return inside.skip(at + 4 - inside.at, TYPE_IP);
    }
    at += (length + 3) & ~3;
  }
  return inside.stop('netfilter log without a packet');
}

/** Types are below 256. Later fields may have flags above their type, the first one has none. */
function orderOfLog(bytes: Uint8Array, firstAt: number): ByteOrder {
  return u16LE(bytes, firstAt + 2) <= u16(bytes, firstAt + 2) ? 'little' : 'big';
}

/** The header's own length; Prism's is 144 and in the order of the machine. */
function prismLength({ bytes, at }: Inside): number {
  const [little, big] = [u16LE(bytes, at + 4), u16(bytes, at + 6)];
  return little > 0 && u16LE(bytes, at + 6) === 0 ? little : big;
}

function openRadiotap(inside: Inside): boolean {
  return inside.has(4) && inside.skip(u16LE(inside.bytes, inside.at + 2), 0) && openWifi(inside);
}

/** IEEE 802.11 §9.2.4: a data frame that is not encrypted carries LLC. */
function openWifi(inside: Inside): boolean {
  const { bytes, at } = inside;
  if (!inside.has(24)) return false;
  const control = u8(bytes, at);
  const flags = u8(bytes, at + 1);
  if ((control & 0x0c) !== 0x08) return inside.stop('IEEE 802.11 management or control');
  if ((control & 0x40) !== 0) return inside.stop('IEEE 802.11 without data');
  if ((flags & 0x40) !== 0) return inside.stop('IEEE 802.11, encrypted');
  let length = (flags & 3) === 3 ? 30 : 24;
  if ((control & 0x80) !== 0) {
    if (!inside.has(length + 2)) return false;
    if ((u8(bytes, at + length) & 0x80) !== 0) return inside.stop('IEEE 802.11 aggregate');
    length += 2 + ((flags & 0x80) !== 0 ? 4 : 0);
  }
  // Some cards pad the header to a multiple of four.
  const isPadded = length % 4 !== 0 && inside.has(length + 4) && u16(bytes, at + length) === 0;
  return inside.skip(isPadded ? length + 2 : length, TYPE_LLC);
}

/** Cisco's keepalives, by a number that is RARP's in Ethernet. */
const SLARP = 0x8035;
const NFLOG_PAYLOAD = 9;
/** Without the flags for nested fields and for network order (NLA_TYPE_MASK in Linux's netlink.h). */
const NFLOG_TYPE = 0x3fff;
