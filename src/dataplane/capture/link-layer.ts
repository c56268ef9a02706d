import { putU16, u8, u16 } from '../../base/bytes.ts';
import { Inside } from '../../wire/tunnel/layers.ts';
import { findIp } from '../../wire/tunnel/link.ts';
import { mendWrapping } from '../../wire/tunnel/mend.ts';
import { unreadText } from '../../wire/tunnel/unread.ts';
import { getU32 } from './byte-order.ts';
import { invalidCapture } from './invalid.ts';
import { endPacket, LINK_HEADERS, type LinkHeader } from './link-headers.ts';
import type { PacketRecord } from './packet-record.ts';

/**
 * A captured packet of any supported link type as an Ethernet frame, `bytes[at, end)`, reused for each. The captured
 * bytes stay as they are: another link header is put before the packet, or before a copy in the reader's spare memory.
 * Where a link header has no MAC addresses, those of the frame mean nothing.
 */
export class FrameView {
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  /** Why there is no IP behind the link's header, where it is not Ethernet's or Linux's. */
  unread: string | undefined = undefined;
  readonly #file: string;
  readonly #hasOneLink: boolean;
  readonly #inside = new Inside();
  #refusal: Error | undefined = undefined;
  #isAnySupported = false;

  /** `file` is for messages. Where a capture `hasOneLink`, all of its packets are of one link type. */
  constructor({ file, hasOneLink }: { readonly file: string; readonly hasOneLink: boolean }) {
    this.#file = file;
    this.#hasOneLink = hasOneLink;
  }

  /** At the end of a capture: throws if it had packets, and none of a link type that is supported. */
  requireSupported(): void {
    if (this.#refusal !== undefined && !this.#isAnySupported) throw this.#refusal;
  }

  /** Throws for a link type that is not supported, if no packet of another can follow; and for nothing else. */
  decode(packet: PacketRecord): this {
    const isSupported = this.#decode(packet);
    if (isSupported) this.#isAnySupported = true;
    else this.#passOver(packet);
    return this;
  }

  #passOver(packet: PacketRecord): void {
    this.#refusal ??= unsupported(packet, this.#file);
    if (this.#hasOneLink) throw this.#refusal;
    this.unread = linkText(packet.linkType);
    this.#prepend(NOT_IP);
  }

  #decode(packet: PacketRecord): boolean {
    this.bytes = packet.bytes;
    this.at = packet.at;
    this.end = packet.end;
    this.unread = undefined;
    switch (packet.linkType) {
      case ETHERNET:
        return true;
      case LINUX_SLL:
        // What is before the EtherType is longer than two addresses: the frame is there already.
        this.at = Math.min(packet.at + 2, packet.end);
        return true;
      case LINUX_SLL2:
        return this.#replace(20, u16(packet.bytes, packet.at));
      case BSD_NULL:
      case BSD_LOOP:
        return this.#openFamily(packet);
      default:
        if (RAW_IP.includes(packet.linkType)) return this.#openRaw(packet);
        return this.#open(packet);
    }
  }

  #openFamily(packet: PacketRecord): true {
    const isThere = packet.end - packet.at >= 4;
    const family = familyOf(packet);
    const etherType = isThere ? etherTypeOfFamily(family) : NOT_IP;
    if (etherType === NOT_IP) this.unread = isThere ? `address family ${family}` : 'cut short';
    return this.#replace(4, etherType);
  }

  #openRaw(packet: PacketRecord): true {
    const etherType = etherTypeOfIp(packet);
    const isThere = packet.end > packet.at;
    if (etherType === NOT_IP) this.unread = isThere ? 'neither IPv4 nor IPv6' : 'cut short';
    return this.#prepend(etherType);
  }

  /** Goes to the IP packet behind the header of such a link, or else to what cannot be read; false for an unknown link. */
  #open(packet: PacketRecord): boolean {
    const header = LINK_HEADERS.get(packet.linkType);
    if (header === undefined) return false;
    const inside = this.#inside;
    const isFound = findBehind(header, packet, inside);
    this.unread = isFound ? undefined : unreadText(inside.unread, inside.number);
    this.end = Math.max(inside.end, inside.at);
    return this.#replace(inside.at - packet.at, isFound ? inside.etherType : NOT_IP);
  }

  /** Writes over what is before the packet, which is the head of its record: read already. */
  #prepend(etherType: number): true {
    this.at -= ETHERNET_LENGTH;
    this.bytes.fill(0, this.at, this.at + 12);
    putU16(this.bytes, this.at + 12, etherType);
    return true;
  }

  /** Copies what follows the link header of this length. */
  #replace(headerLength: number, etherType: number): true {
    const from = Math.min(this.at + headerLength, this.end);
    this.bytes.copyWithin(ETHERNET_LENGTH, from, this.end);
    this.at = ETHERNET_LENGTH;
    this.end += ETHERNET_LENGTH - from;
    return this.#prepend(etherType);
  }
}

/** Whether there is IP behind the link header of a packet, and headers after it. `inside` then begins there. */
function findBehind(header: LinkHeader, packet: PacketRecord, inside: Inside): boolean {
  const { bytes, at, end, originalLength } = packet;
  inside.bytes = bytes;
  inside.at = at;
  inside.end = end;
  inside.unread = undefined;
  inside.isCut = originalLength > end - at;
  inside.wrapping.clear();
  return header(inside) && findIp(inside);
}

/** A frame that the censor made in answer to `packet`, with the link header that `packet` has, marked as sent. */
export function likeCaptured(frame: Uint8Array, packet: PacketRecord): Uint8Array {
  if (packet.linkType === ETHERNET) return frame;
  const openHeader = LINK_HEADERS.get(packet.linkType);
  if (openHeader !== undefined) return behindHeaders(frame, packet, openHeader);
  const isSll = packet.linkType === LINUX_SLL;
  const isSll2 = packet.linkType === LINUX_SLL2;
  const isBsd = packet.linkType === BSD_NULL || packet.linkType === BSD_LOOP;
  const headerLength = isSll ? 16 : isSll2 ? 20 : isBsd ? 4 : 0;
  const header = packet.bytes.slice(packet.at, packet.at + headerLength);
  if (isSll) putU16(header, 0, SENT_BY_US);
  if (isSll2) header[10] = SENT_BY_US;
  return Buffer.concat([header, frame.subarray(ETHERNET_LENGTH)]);
}

/** With all headers that stand before IP in `packet`. Their lengths become those of the frame; addresses of the link stay. */
function behindHeaders(frame: Uint8Array, packet: PacketRecord, header: LinkHeader): Uint8Array {
  const inside = new Inside();
  findBehind(header, packet, inside);
  const headers = packet.bytes.subarray(packet.at, inside.at);
  const made = Buffer.concat([headers, frame.subarray(ETHERNET_LENGTH)]);
  mendWrapping(made, inside.wrapping, -packet.at);
  return endPacket(made, packet.linkType, headers.length);
}

function etherTypeOfIp({ linkType, bytes, at, end }: PacketRecord): number {
  if (linkType === IPV4) return ETHERTYPE_IPV4;
  if (linkType === IPV6) return ETHERTYPE_IPV6;
  const version = at < end ? u8(bytes, at) >>> 4 : 0;
  if (version === 4) return ETHERTYPE_IPV4;
  return version === 6 ? ETHERTYPE_IPV6 : NOT_IP;
}

/** The address family is in the order of the machine that captured, except for LOOP; no family is above 255. */
function familyOf({ bytes, at }: PacketRecord): number {
  return Math.min(getU32(bytes, at, 'big'), getU32(bytes, at, 'little'));
}

function etherTypeOfFamily(family: number): number {
  if (family === 2) return ETHERTYPE_IPV4;
  return AF_INET6.includes(family) ? ETHERTYPE_IPV6 : NOT_IP;
}

function linkText(linkType: number): string {
  const name = NAMES.get(linkType);
  return `link type ${linkType}${name === undefined ? '' : ` (${name})`}`;
}

function unsupported({ linkType, index, offset }: PacketRecord, file: string): Error {
  return invalidCapture(
    { file, offset },
    {
      found: `packet ${index} with ${linkText(linkType)}`,
      expected:
        'Ethernet (1), raw IP (12, 14, 101, 228, 229), Linux cooked (113, 276), BSD loopback (0, 108), PPP (9, 50, 51, 204), Cisco HDLC (104, 205), Frame Relay (107), MPLS (219), IEEE 802.11 (105, 119, 127, 163) or netfilter log (239)',
      hint: '`tcpdump -L` lists the link types of an interface; capture with `tcpdump -y EN10MB`, or where IP is not wrapped',
    },
  );
}

/* https://www.tcpdump.org/linktypes.html; raw IP is 12 or 14 in files of systems that wrote their own numbers. */
const BSD_NULL = 0;
const ETHERNET = 1;
const BSD_LOOP = 108;
const LINUX_SLL = 113;
const IPV4 = 228;
const IPV6 = 229;
const LINUX_SLL2 = 276;
const RAW_IP = [101, 12, 14, IPV4, IPV6];
const NAMES: ReadonlyMap<number, string> = new Map([
  [6, 'Token Ring'],
  [9, 'PPP'],
  [10, 'FDDI'],
  [50, 'PPP in HDLC framing'],
  [51, 'PPPoE'],
  [104, 'Cisco HDLC'],
  [105, 'IEEE 802.11'],
  [107, 'Frame Relay'],
  [119, 'IEEE 802.11 with Prism header'],
  [127, 'IEEE 802.11 with radiotap header'],
  [147, 'private use'],
  [187, 'Bluetooth HCI'],
  [189, 'USB on Linux'],
  [192, 'PPI'],
  [195, 'IEEE 802.15.4'],
  [201, 'Bluetooth HCI'],
  [220, 'USB on Linux'],
  [227, 'CAN'],
  [230, 'IEEE 802.15.4'],
  [239, 'netfilter log'],
  [249, 'USB on Windows'],
  [251, 'Bluetooth LE'],
  [252, 'Wireshark upper PDU'],
  [253, 'netlink'],
  [258, 'PKTAP'],
]);

const EMPTY = new Uint8Array(0);
const ETHERNET_LENGTH = 14;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** A length, not a type (IEEE 802.3): nothing above it is read. */
const NOT_IP = 0;
/** Of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS. */
const AF_INET6 = [10, 23, 24, 28, 30];
/** `sll_pkttype` of what the capturing machine sent. */
const SENT_BY_US = 4;
