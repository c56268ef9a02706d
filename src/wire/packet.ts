import { i32, u8, u16 } from '../base/bytes.ts';
import { ACK, FIN, RST, SYN, URG } from './tcp.ts';
import { mayBeTunnel, openDatagram, openProtocol, tunnelName } from './tunnel/carried.ts';
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_PPPOE_SESSION,
  Inside,
  TYPE_LLC,
  type Wrapping,
} from './tunnel/layers.ts';
import { findIp } from './tunnel/link.ts';

/** Why a packet is not what its headers claim; every value is shared, so that decoding allocates nothing. */
export interface Malformed {
  readonly layer: 'ethernet' | 'ipv4' | 'ipv6' | 'tcp' | 'udp';
  readonly reason:
    | 'short-header'
    | 'bad-version'
    | 'bad-header-length'
    | 'bad-total-length'
    | 'bad-data-offset'
    | 'bad-length'
    | 'bad-extension-headers';
}

/** How a box finds its way through headers; the default reads them as an endpoint does. */
export interface PacketReading {
  /** Where a TCP payload begins: `trust-20` never looks at the data offset, `trust-dataofs` never doubts it. */
  readonly tcpHeader: 'strict' | 'trust-dataofs' | 'trust-20';
  /**
   * IPv6 extension headers: `stop` reads no further, `walk` skips them in any order and number, `strict` refuses a
   * hop-by-hop header that is not the first (RFC 8200 §4.1).
   */
  readonly extensionHeaders: 'stop' | 'walk' | 'strict';
  /**
   * `open`: what counts is the innermost packet, behind labels, sessions and tunnels (PPPoE, MPLS, GRE, VXLAN and the like);
   * `closed`, if nothing is said: only VLAN tags may stand before IP, and what IP carries is not looked into.
   */
  readonly tunnels?: 'open' | 'closed';
  /** The frame was cut by a snapshot length: a length field may then point past the end, and the packet ends with the frame. */
  readonly isCut?: boolean;
}

/**
 * Offsets into one Ethernet frame and its innermost packet, reused for every packet. Positions are indices into `bytes`, which may hold
 * many frames (a ring): nothing is sliced. A view must not outlive its packet.
 */
export class PacketView {
  bytes: Uint8Array = EMPTY;
  frameAt = 0;
  frameEnd = 0;
  malformed: Malformed | undefined = undefined;
  /** 4, 6, or 0 for anything that is not IP. */
  ipVersion: 0 | 4 | 6 = 0;
  ipAt = 0;
  ipEnd = 0;
  hasExtensionHeaders = false;
  isFragment = false;
  /** Of this fragment's first byte in its datagram. */
  fragmentOffset = 0;
  hasMoreFragments = false;
  /** What the IP header, or the last extension header that was read, says follows it. */
  protocol = 0;
  /** After the IP header and the extension headers that were read. */
  transportAt = 0;
  /** Of a fragment, only in the first, and there if the header is whole. */
  isTcp = false;
  isUdp = false;
  payloadAt = 0;
  payloadEnd = 0;
  /** Of the outermost tunnel around the packet: its name; undefined where there is none. */
  tunnel: string | undefined = undefined;
  /** Why there is no IP, or nothing behind it that is known: a name, or the kind of `unreadNumber`. */
  unread: string | undefined = undefined;
  unreadNumber = 0;
  readonly #reading: PacketReading;
  readonly #inside = new Inside();
  #layerEnd = 0;

  constructor(reading: PacketReading = AS_ENDPOINTS_DO) {
    this.#reading = reading;
    this.#inside.isCut = reading.isCut === true;
  }

  /** Total: a bad packet sets `malformed`. Where `isTcp` or `isUdp` is true, no getter can read past the frame. */
  decode(bytes: Uint8Array, frameAt: number, frameEnd: number): this {
    this.bytes = bytes;
    this.frameAt = frameAt;
    this.frameEnd = frameEnd;
    this.tunnel = undefined;
    this.unread = undefined;
    this.#inside.wrapping.clear();
    this.#forgetPacket();
    this.malformed = this.#locateIp();
    return this;
  }

  /** The headers around the packet whose fields depend on its length. */
  get wrapping(): Wrapping {
    return this.#inside.wrapping;
  }

  #forgetPacket(): void {
    this.ipVersion = 0;
    this.hasExtensionHeaders = false;
    this.isFragment = false;
    this.protocol = 0;
    this.isTcp = false;
    this.isUdp = false;
  }

  /** Whether this is what an endpoint makes of the packet too. */
  get readsAsEndpointsDo(): boolean {
    const { tcpHeader, extensionHeaders } = this.#reading;
    return tcpHeader === 'strict' && (!this.hasExtensionHeaders || extensionHeaders === 'strict');
  }

  get srcPort(): number {
    return u16(this.bytes, this.transportAt);
  }
  get dstPort(): number {
    return u16(this.bytes, this.transportAt + 2);
  }
  /** Signed, as every sequence number here: see `seqDistance`. */
  get seq(): number {
    return i32(this.bytes, this.transportAt + 4);
  }
  get ack(): number {
    return i32(this.bytes, this.transportAt + 8);
  }
  get flags(): number {
    return u8(this.bytes, this.transportAt + 13);
  }
  get window(): number {
    return u16(this.bytes, this.transportAt + 14);
  }
  /** From the sequence number on (RFC 9293 §3.1); it counts only where URG is set. */
  get urgentPointer(): number {
    return u16(this.bytes, this.transportAt + 18);
  }
  /** TCP options lie before it; read as 20 where the box does not believe the header. */
  get tcpOptionsEnd(): number {
    const length = (u8(this.bytes, this.transportAt + 12) >>> 4) * 4;
    return Math.min(this.transportAt + Math.max(length, TCP_LENGTH), this.ipEnd);
  }
  get payloadLength(): number {
    return this.payloadEnd - this.payloadAt;
  }
  /** Sequence numbers this segment takes up: its payload, plus one for SYN and one for FIN. */
  get sequenceLength(): number {
    const flags = this.flags;
    return this.payloadLength + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
  }
  get isSyn(): boolean {
    return (this.flags & SYN) !== 0;
  }
  get isOpeningSyn(): boolean {
    return (this.flags & (SYN | ACK)) === SYN;
  }
  get isReset(): boolean {
    return (this.flags & RST) !== 0;
  }
  get isUrgent(): boolean {
    return (this.flags & URG) !== 0;
  }
  get srcAt(): number {
    return this.ipVersion === 4 ? this.ipAt + 12 : this.ipAt + 8;
  }
  get dstAt(): number {
    return this.ipVersion === 4 ? this.ipAt + 16 : this.ipAt + 24;
  }
  /** TTL of IPv4, hop limit of IPv6. */
  get ttl(): number {
    return u8(this.bytes, this.ipVersion === 4 ? this.ipAt + 8 : this.ipAt + 7);
  }
  /** Identification of IPv4; IPv6 has none but in a fragment header. */
  get ipId(): number {
    return this.ipVersion === 4 ? u16(this.bytes, this.ipAt + 4) : 0;
  }

  #locateIp(): Malformed | undefined {
    const { bytes, frameEnd } = this;
    let at = this.frameAt + 2 * MAC_LENGTH;
    if (at + 2 > frameEnd) return SHORT_ETHERNET;
    let etherType = u16(bytes, at);
    while (isVlanTag(etherType)) {
      at += VLAN_TAG_LENGTH;
      if (at + 2 > frameEnd) return SHORT_ETHERNET;
      etherType = u16(bytes, at);
    }
    this.ipAt = at + 2;
    this.#layerEnd = frameEnd;
    if (etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6) {
      const malformed = etherType === ETHERTYPE_IPV4 ? this.#locateIpv4() : this.#locateIpv6();
      const isFinal = this.isTcp || malformed !== undefined || this.isFragment;
      return isFinal || this.#reading.tunnels !== 'open' ? malformed : this.#openTunnels();
    }
    return this.#reading.tunnels === 'open' ? this.#findIp(etherType) : undefined;
  }

  /** Behind headers of the link other than VLAN tags. */
  #findIp(etherType: number): Malformed | undefined {
    const inside = this.#inside;
    inside.bytes = this.bytes;
    inside.at = this.ipAt;
    inside.end = this.frameEnd;
    inside.etherType = etherType;
    if (etherType <= LONGEST_LENGTH) {
      inside.etherType = TYPE_LLC;
      inside.end = Math.min(inside.end, this.ipAt + etherType);
      inside.wrapping.add('length-after', this.ipAt - 2);
    }
    if (!findIp(inside)) return this.#leaveUnread();
    this.tunnel = linkName(etherType);
    const malformed = this.#locateInside();
    return malformed ?? this.#openTunnels();
  }

  #locateInside(): Malformed | undefined {
    const { at, end, etherType } = this.#inside;
    this.#forgetPacket();
    this.ipAt = at;
    this.#layerEnd = end;
    return etherType === ETHERTYPE_IPV4 ? this.#locateIpv4() : this.#locateIpv6();
  }

  #leaveUnread(): undefined {
    this.unread = this.#inside.unread;
    this.unreadNumber = this.#inside.number;
    return undefined;
  }

  /** Goes on to the packet that this one carries, if it does, and so on. What UDP ports promise may turn out to be something else. */
  #openTunnels(): Malformed | undefined {
    const inside = this.#inside;
    const { wrapping } = inside;
    for (let depth = 0; !this.isTcp && !this.isFragment; depth++) {
      const { bytes, isUdp, ipAt, ipVersion, transportAt, payloadAt, protocol } = this;
      if (isUdp && !mayBeTunnel(bytes, transportAt, payloadAt)) return undefined;
      const layerEnd = this.#layerEnd;
      const known = wrapping.count;
      wrapping.add(ipVersion === 4 ? 'ipv4' : 'ipv6', ipAt);
      if (isUdp) wrapping.add('udp', transportAt);
      inside.bytes = bytes;
      inside.at = payloadAt;
      inside.end = this.payloadEnd;
      inside.unread = undefined;
      const isOpen = isUdp ? openDatagram(inside, transportAt) : openProtocol(inside, protocol);
      const isFound = isOpen && (depth < MOST_TUNNELS || inside.stop('too many headers'));
      if (isFound && findIp(inside)) {
        const malformed = this.#locateInside();
        if (malformed === undefined || !isUdp || inside.isCut) {
          this.tunnel ??= tunnelName(bytes, protocol, transportAt);
          if (malformed !== undefined) return malformed;
          continue;
        }
      }
      wrapping.cutTo(known);
      if (!isUdp) return this.#leaveUnread();
      inside.at = ipAt;
      inside.end = layerEnd;
      inside.etherType = ipVersion === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
      return this.#locateInside();
    }
    return undefined;
  }

  #locateIpv4(): Malformed | undefined {
    const { bytes, ipAt } = this;
    const available = this.#layerEnd - ipAt;
    if (available < 20) return SHORT_IPV4;
    const first = u8(bytes, ipAt);
    if (first >>> 4 !== 4) return BAD_VERSION_IPV4;
    const headerLength = (first & 0x0f) * 4;
    if (headerLength < 20 || headerLength > available) return BAD_HEADER_LENGTH_IPV4;
    let totalLength = u16(bytes, ipAt + 2);
    // Linux's BIG TCP: a host captures frames that are longer than the field can say.
    const mayBeBig = this.#inside.isCut || available > 0xffff;
    if (totalLength === 0 && mayBeBig) totalLength = available;
    if (this.#inside.isCut) totalLength = Math.min(totalLength, available);
    if (totalLength < headerLength || totalLength > available) return BAD_TOTAL_LENGTH_IPV4;
    this.ipVersion = 4;
    this.ipEnd = ipAt + totalLength;
    this.protocol = u8(bytes, ipAt + 9);
    this.transportAt = ipAt + headerLength;
    const fragment = u16(bytes, ipAt + 6);
    if ((fragment & 0x3fff) !== 0) {
      this.#setFragment((fragment & 0x1fff) * 8, (fragment & 0x2000) !== 0);
    }
    return this.#locateTransport();
  }

  #locateIpv6(): Malformed | undefined {
    const { bytes, ipAt } = this;
    const available = this.#layerEnd - ipAt;
    if (available < 40) return SHORT_IPV6;
    if (u8(bytes, ipAt) >>> 4 !== 6) return BAD_VERSION_IPV6;
    let totalLength = 40 + u16(bytes, ipAt + 4);
    this.protocol = u8(bytes, ipAt + 6);
    this.transportAt = ipAt + 40;
    const mayBeBig = available > 40 + (this.#inside.isCut ? 0 : 0xffff);
    if (totalLength === 40 && mayBeBig) totalLength = this.#jumboLength(available);
    if (this.#inside.isCut) totalLength = Math.min(totalLength, available);
    if (totalLength > available) return BAD_TOTAL_LENGTH_IPV6;
    this.ipVersion = 6;
    this.ipEnd = ipAt + totalLength;
    this.payloadAt = this.transportAt;
    this.payloadEnd = this.ipEnd;
    if (!isExtensionHeader(this.protocol)) return this.#locateTransport();
    this.hasExtensionHeaders = true;
    return this.#walkExtensionHeaders();
  }

  /**
   * RFC 2675 §3: the length is an option in a header of 8 bytes, which Linux's BIG TCP adds to what a host captures; it is passed
   * over here, for boxes on the wire never see it. Later kernels leave it out.
   */
  #jumboLength(available: number): number {
    const at = this.transportAt;
    if (this.protocol !== NEXT_HEADER_HOP_BY_HOP) return available;
    if (u16(this.bytes, at + 2) !== JUMBO_OPTION || u8(this.bytes, at + 1) !== 0) return 40;
    this.protocol = u8(this.bytes, at);
    this.transportAt = at + 8;
    return 40 + u16(this.bytes, at + 4) * 0x1_0000 + u16(this.bytes, at + 6);
  }

  /** RFC 8200 §4; a header is at least 8 bytes, so this ends. What follows a fragment's header is its data. */
  #walkExtensionHeaders(): Malformed | undefined {
    const { bytes, ipEnd } = this;
    const how = this.#reading.extensionHeaders;
    for (let count = 0; isExtensionHeader(this.protocol); count++) {
      const at = this.transportAt;
      const type = this.protocol;
      if (how === 'stop' && type !== NEXT_HEADER_FRAGMENT) return undefined;
      if (at + 8 > ipEnd) return BAD_EXTENSION_HEADERS;
      if (how === 'strict' && type === NEXT_HEADER_HOP_BY_HOP && count > 0) {
        return BAD_EXTENSION_HEADERS;
      }
      this.protocol = u8(bytes, at);
      this.transportAt = at + extensionLength(type, u8(bytes, at + 1));
      if (this.transportAt > ipEnd) return BAD_EXTENSION_HEADERS;
      if (type === NEXT_HEADER_FRAGMENT) {
        const fragment = u16(bytes, at + 2);
        if ((fragment & 0xfff9) === 0) continue; // an atomic fragment is whole (RFC 6946)
        this.#setFragment(fragment & 0xfff8, (fragment & 1) !== 0);
        break;
      }
    }
    return this.#locateTransport();
  }

  #setFragment(offset: number, hasMore: boolean): void {
    this.isFragment = true;
    this.fragmentOffset = offset;
    this.hasMoreFragments = hasMore;
  }

  #locateTransport(): Malformed | undefined {
    this.payloadAt = this.transportAt;
    this.payloadEnd = this.ipEnd;
    if (this.isFragment && this.fragmentOffset > 0) return undefined;
    if (this.protocol === PROTOCOL_TCP) return this.#locateTcp();
    if (this.protocol === PROTOCOL_UDP) return this.#locateUdp();
    return undefined;
  }

  #locateTcp(): Malformed | undefined {
    const available = this.ipEnd - this.transportAt;
    if (available < TCP_LENGTH) return this.isFragment ? undefined : SHORT_TCP;
    const { tcpHeader } = this.#reading;
    let length = TCP_LENGTH;
    if (tcpHeader !== 'trust-20') {
      length = (u8(this.bytes, this.transportAt + 12) >>> 4) * 4;
      const isPossible = length >= TCP_LENGTH && length <= available;
      if (!isPossible && tcpHeader === 'strict') {
        return this.isFragment && length >= TCP_LENGTH ? undefined : BAD_DATA_OFFSET;
      }
    }
    this.payloadAt = Math.min(this.transportAt + length, this.ipEnd);
    this.isTcp = true;
    return undefined;
  }

  #locateUdp(): Malformed | undefined {
    const available = this.ipEnd - this.transportAt;
    if (available < UDP_LENGTH) return this.isFragment ? undefined : SHORT_UDP;
    const field = u16(this.bytes, this.transportAt + 4);
    // Of a jumbogram (RFC 2675 §4); Linux takes any IPv6 packet for one.
    const length = field === 0 && this.ipVersion === 6 ? available : field;
    const mayBeLonger = this.isFragment || this.#inside.isCut;
    if (length < UDP_LENGTH || (length > available && !mayBeLonger)) return BAD_LENGTH_UDP;
    this.payloadAt = this.transportAt + UDP_LENGTH;
    this.payloadEnd = Math.min(this.transportAt + length, this.ipEnd);
    this.isUdp = true;
    return undefined;
  }
}

/** Of the first header that stands between Ethernet's and IP. */
function linkName(etherType: number): string {
  if (etherType <= LONGEST_LENGTH) return 'LLC';
  if (etherType === ETHERTYPE_PPPOE_SESSION) return 'PPPoE';
  return etherType === ETHERTYPE_MPLS ? 'MPLS' : 'tag of a link';
}

function isVlanTag(etherType: number): boolean {
  return (
    etherType === ETHERTYPE_VLAN ||
    etherType === ETHERTYPE_SERVICE_VLAN ||
    // Service tags of before IEEE 802.1ad.
    etherType === 0x9100 ||
    etherType === 0x9200 ||
    etherType === 0x9300
  );
}

function isExtensionHeader(type: number): boolean {
  return (
    type === NEXT_HEADER_HOP_BY_HOP ||
    type === NEXT_HEADER_ROUTING ||
    type === NEXT_HEADER_FRAGMENT ||
    type === NEXT_HEADER_DESTINATION ||
    type === NEXT_HEADER_AUTHENTICATION
  );
}

/** In bytes, from the header's own length field: RFC 8200 §4, RFC 4302 §2.2. */
export function extensionLength(type: number, lengthField: number): number {
  if (type === NEXT_HEADER_FRAGMENT) return 8;
  return type === NEXT_HEADER_AUTHENTICATION ? (lengthField + 2) * 4 : (lengthField + 1) * 8;
}

const AS_ENDPOINTS_DO: PacketReading = {
  tcpHeader: 'strict',
  extensionHeaders: 'strict',
  tunnels: 'closed',
};
/** IEEE 802.3 §3.2.6. */
const LONGEST_LENGTH = 1535;
/** Packets within packets. */
const MOST_TUNNELS = 8;
/** Of type 0xc2, four bytes long. */
const JUMBO_OPTION = 0xc204;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_ICMPV6 = 58;
const EMPTY = new Uint8Array(0);
const MAC_LENGTH = 6;
const VLAN_TAG_LENGTH = 4;
const TCP_LENGTH = 20;
const UDP_LENGTH = 8;
const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_SERVICE_VLAN = 0x88a8;
const NEXT_HEADER_HOP_BY_HOP = 0;
const NEXT_HEADER_ROUTING = 43;
const NEXT_HEADER_FRAGMENT = 44;
const NEXT_HEADER_AUTHENTICATION = 51;
const NEXT_HEADER_DESTINATION = 60;
const SHORT_ETHERNET: Malformed = { layer: 'ethernet', reason: 'short-header' };
const SHORT_IPV4: Malformed = { layer: 'ipv4', reason: 'short-header' };
const BAD_VERSION_IPV4: Malformed = { layer: 'ipv4', reason: 'bad-version' };
const BAD_HEADER_LENGTH_IPV4: Malformed = { layer: 'ipv4', reason: 'bad-header-length' };
const BAD_TOTAL_LENGTH_IPV4: Malformed = { layer: 'ipv4', reason: 'bad-total-length' };
const SHORT_IPV6: Malformed = { layer: 'ipv6', reason: 'short-header' };
const BAD_VERSION_IPV6: Malformed = { layer: 'ipv6', reason: 'bad-version' };
const BAD_TOTAL_LENGTH_IPV6: Malformed = { layer: 'ipv6', reason: 'bad-total-length' };
const BAD_EXTENSION_HEADERS: Malformed = { layer: 'ipv6', reason: 'bad-extension-headers' };
const SHORT_TCP: Malformed = { layer: 'tcp', reason: 'short-header' };
const BAD_DATA_OFFSET: Malformed = { layer: 'tcp', reason: 'bad-data-offset' };
const SHORT_UDP: Malformed = { layer: 'udp', reason: 'short-header' };
const BAD_LENGTH_UDP: Malformed = { layer: 'udp', reason: 'bad-length' };
