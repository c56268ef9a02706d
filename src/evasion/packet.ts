import { i32, putU16, putU32, u8, u16 } from '../base/bytes.ts';
import { checksum, ipChecksumHolds, pseudoHeaderSum, tcpChecksumHolds } from '../wire/checksum.ts';
import { PacketView } from '../wire/packet.ts';

/**
 * A packet as fields that may be changed at will, lies included. What is `undefined` is worked out when the packet is built;
 * what is given is written as it is.
 */
export interface Packet {
  /** The Ethernet header, VLAN tags included. */
  readonly ethernet: Uint8Array;
  readonly ip: IpHeader;
  /** Of what it carries; neither for a later fragment, or for another protocol. */
  tcp: TcpHeader | undefined;
  udp: UdpHeader | undefined;
  /** Behind the last header that is known. */
  payload: Uint8Array;
}

export interface IpHeader {
  version: number;
  /** Four or sixteen bytes each; they say which of the two versions the header is laid out as. */
  src: Uint8Array;
  dst: Uint8Array;
  /** Traffic class of IPv6. */
  tos: number;
  /** Of IPv6 alone. */
  readonly flowLabel: number;
  id: number;
  /** Three bits: 1 for MF, 2 for DF, 4 for the one that is reserved. */
  flags: number;
  /** Of this fragment's first byte, in units of eight. */
  fragmentOffset: number;
  /** Hop limit of IPv6. */
  ttl: number;
  /** Of the payload, behind extension headers; for IPv4 what the header says. */
  protocol: number;
  /** Of IPv4, whole words. */
  options: Uint8Array;
  /** Of IPv6, as they were; the first's type, and the bytes of them all. */
  extensions: { readonly type: number; readonly bytes: Uint8Array } | undefined;
  headerLength: number | undefined;
  /** Payload length of IPv6. */
  totalLength: number | undefined;
  checksum: number | undefined;
}

export interface TcpHeader {
  srcPort: number;
  dstPort: number;
  /** Unsigned, as on the wire. */
  seq: number;
  ack: number;
  /** In words. */
  dataOffset: number | undefined;
  /** Three bits. */
  reserved: number;
  /** Nine bits, NS the highest. */
  flags: number;
  window: number;
  checksum: number | undefined;
  urgentPointer: number;
  options: readonly TcpOption[];
}

export interface TcpOption {
  readonly kind: number;
  /** Behind kind and length. */
  readonly value: Uint8Array;
}

export interface UdpHeader {
  srcPort: number;
  dstPort: number;
  length: number | undefined;
  checksum: number | undefined;
}

/** The packet of a frame; `undefined` for what is no IP, or is not what its headers claim: that is nobody's to change. */
export function parsePacket(frame: Uint8Array): Packet | undefined {
  return read(frame, new PacketView().decode(frame, 0, frame.length));
}

/**
 * The same with its lies: checksums and an IP length are given where they are not what they should be. Two hop-by-hop headers are
 * read as well, and what lies past the IP length is not.
 */
export function parseAsSent(frame: Uint8Array): Packet | undefined {
  const walk = new PacketView({ tcpHeader: 'strict', extensionHeaders: 'walk' });
  const view = walk.decode(frame, 0, frame.length);
  const packet = read(frame, view);
  if (packet === undefined) return undefined;
  const { ip, tcp } = packet;
  const { ipAt, transportAt } = view;
  const isShort = view.ipEnd < frame.length && frame.length > SHORTEST_FRAME;
  if (isShort) ip.totalLength = u16(frame, ipAt + (view.ipVersion === 4 ? 2 : 4));
  if (!ipChecksumHolds(view)) ip.checksum = u16(frame, ipAt + 10);
  if (tcp === undefined || isShort || tcpChecksumHolds(view, transportAt)) return packet;
  tcp.checksum = u16(frame, transportAt + 16);
  return packet;
}

function read(frame: Uint8Array, view: PacketView): Packet | undefined {
  if (view.malformed !== undefined || view.ipVersion === 0) return undefined;
  const packet: Packet = {
    ethernet: frame.slice(0, view.ipAt),
    ip: view.ipVersion === 4 ? readIpv4(view) : readIpv6(view),
    tcp: undefined,
    udp: undefined,
    payload: frame.slice(view.payloadAt, view.payloadEnd),
  };
  if (view.isFragment) packet.payload = frame.slice(view.transportAt, view.ipEnd);
  else if (view.isTcp) packet.tcp = readTcp(view);
  else if (view.isUdp) packet.udp = readUdp(view);
  return packet;
}

/** A packet that may be changed without the other. */
export function copyPacket(packet: Packet): Packet {
  const { ip, tcp, udp } = packet;
  return { ...packet, ip: { ...ip }, tcp: tcp && { ...tcp }, udp: udp && { ...udp } };
}

export function buildPacket(packet: Packet): Uint8Array {
  const { ethernet, ip } = packet;
  const transport = transportOf(packet);
  const header = ip.src.length === 4 ? ipv4Header(ip, transport) : ipv6Header(ip, transport);
  return concat(ethernet, header, transport);
}

/** What follows the IP header, its checksum included. */
export function transportOf({ ip, tcp, udp, payload }: Packet): Uint8Array {
  if (tcp !== undefined) return tcpSegment(ip, tcp, payload);
  return udp === undefined ? payload : udpDatagram(ip, udp, payload);
}

/** That which would be right. */
export function rightTcpChecksum(packet: Packet): number {
  const { tcp } = packet;
  if (tcp === undefined) return 0;
  return u16(transportOf({ ...packet, tcp: { ...tcp, checksum: undefined } }), 16);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function readIpv4({ bytes, ipAt, transportAt, srcAt, dstAt }: PacketView): IpHeader {
  const fragment = u16(bytes, ipAt + 6);
  return {
    version: 4,
    src: bytes.slice(srcAt, srcAt + 4),
    dst: bytes.slice(dstAt, dstAt + 4),
    tos: u8(bytes, ipAt + 1),
    flowLabel: 0,
    id: u16(bytes, ipAt + 4),
    flags: fragment >>> 13,
    fragmentOffset: fragment & 0x1fff,
    ttl: u8(bytes, ipAt + 8),
    protocol: u8(bytes, ipAt + 9),
    options: bytes.slice(ipAt + IPV4_LENGTH, transportAt),
    extensions: undefined,
    headerLength: undefined,
    totalLength: undefined,
    checksum: undefined,
  };
}

function readIpv6({ bytes, ipAt, transportAt, protocol, srcAt, dstAt }: PacketView): IpHeader {
  const first = i32(bytes, ipAt);
  const extensionsAt = ipAt + IPV6_LENGTH;
  return {
    version: 6,
    src: bytes.slice(srcAt, srcAt + 16),
    dst: bytes.slice(dstAt, dstAt + 16),
    tos: (first >>> 20) & 0xff,
    flowLabel: first & 0xfffff,
    id: 0,
    flags: 0,
    fragmentOffset: 0,
    ttl: u8(bytes, ipAt + 7),
    protocol,
    options: NOTHING,
    extensions:
      transportAt === extensionsAt
        ? undefined
        : { type: u8(bytes, ipAt + 6), bytes: bytes.slice(extensionsAt, transportAt) },
    headerLength: undefined,
    totalLength: undefined,
    checksum: undefined,
  };
}

function readTcp(view: PacketView): TcpHeader {
  const { bytes, transportAt } = view;
  return {
    srcPort: view.srcPort,
    dstPort: view.dstPort,
    seq: view.seq >>> 0,
    ack: view.ack >>> 0,
    dataOffset: undefined,
    reserved: (u8(bytes, transportAt + 12) >>> 1) & 7,
    flags: u16(bytes, transportAt + 12) & 0x1ff,
    window: view.window,
    checksum: undefined,
    urgentPointer: view.urgentPointer,
    options: readOptions(bytes.subarray(transportAt + TCP_LENGTH, view.tcpOptionsEnd)),
  };
}

function readUdp({ srcPort, dstPort }: PacketView): UdpHeader {
  return { srcPort, dstPort, length: undefined, checksum: undefined };
}

/** Those that are whole; what cannot be one, and all behind the end of the list, is kept as it is in the last. */
function readOptions(bytes: Uint8Array): TcpOption[] {
  const options: TcpOption[] = [];
  for (let at = 0; at < bytes.length; ) {
    const kind = u8(bytes, at);
    if (kind === END_OF_OPTIONS) {
      options.push({ kind, value: bytes.slice(at + 1) });
      break;
    }
    const length = kind === NO_OPERATION ? 1 : at + 1 < bytes.length ? u8(bytes, at + 1) : 0;
    if (length === 0 || (kind !== NO_OPERATION && length < 2) || at + length > bytes.length) {
      options.push({ kind: END_OF_OPTIONS, value: bytes.slice(at + 1) });
      break;
    }
    options.push({ kind, value: bytes.slice(at + 2, at + length) });
    at += length;
  }
  return options;
}

/** As many bytes as they take, with padding. */
export function writeOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes = concat(
    ...options.map(({ kind, value }) => {
      if (kind === NO_OPERATION) return Uint8Array.of(kind);
      if (kind === END_OF_OPTIONS) return concat(Uint8Array.of(kind), value);
      return concat(Uint8Array.of(kind, 2 + value.length), value);
    }),
  );
  return concat(bytes, new Uint8Array(-bytes.length & 3));
}

function ipv4Header(ip: IpHeader, { length }: Uint8Array): Uint8Array {
  const options = concat(ip.options, new Uint8Array(-ip.options.length & 3));
  const header = new Uint8Array(IPV4_LENGTH + options.length);
  header[0] = (ip.version << 4) | ((ip.headerLength ?? header.length / 4) & 0x0f);
  header[1] = ip.tos;
  putU16(header, 2, ip.totalLength ?? header.length + length);
  putU16(header, 4, ip.id);
  putU16(header, 6, (ip.flags << 13) | ip.fragmentOffset);
  header[8] = ip.ttl;
  header[9] = ip.protocol;
  header.set(ip.src, 12);
  header.set(ip.dst, 16);
  header.set(options, IPV4_LENGTH);
  putU16(header, 10, ip.checksum ?? checksum(header, 0, header.length));
  return header;
}

function ipv6Header(ip: IpHeader, { length }: Uint8Array): Uint8Array {
  const { type, bytes } = ip.extensions ?? { type: ip.protocol, bytes: NOTHING };
  const header = new Uint8Array(IPV6_LENGTH);
  putU32(header, 0, (ip.version << 28) | (ip.tos << 20) | ip.flowLabel);
  putU16(header, 4, ip.totalLength ?? bytes.length + length);
  header[6] = type;
  header[7] = ip.ttl;
  header.set(ip.src, 8);
  header.set(ip.dst, 24);
  return concat(header, bytes);
}

function tcpSegment(ip: IpHeader, tcp: TcpHeader, payload: Uint8Array): Uint8Array {
  const options = writeOptions(tcp.options);
  const segment = concat(new Uint8Array(TCP_LENGTH), options, payload);
  const dataOffset = tcp.dataOffset ?? (TCP_LENGTH + options.length) / 4;
  putU16(segment, 0, tcp.srcPort);
  putU16(segment, 2, tcp.dstPort);
  putU32(segment, 4, tcp.seq);
  putU32(segment, 8, tcp.ack);
  putU16(segment, 12, ((dataOffset & 0x0f) << 12) | (tcp.reserved << 9) | tcp.flags);
  putU16(segment, 14, tcp.window);
  putU16(segment, 18, tcp.urgentPointer);
  putU16(segment, 16, tcp.checksum ?? transportChecksum(ip, PROTOCOL_TCP, segment));
  return segment;
}

function udpDatagram(ip: IpHeader, udp: UdpHeader, payload: Uint8Array): Uint8Array {
  const datagram = concat(new Uint8Array(UDP_LENGTH), payload);
  putU16(datagram, 0, udp.srcPort);
  putU16(datagram, 2, udp.dstPort);
  putU16(datagram, 4, udp.length ?? datagram.length);
  // RFC 768: zero would say that there is no checksum.
  putU16(datagram, 6, udp.checksum ?? (transportChecksum(ip, PROTOCOL_UDP, datagram) || 0xffff));
  return datagram;
}

function transportChecksum({ src, dst }: IpHeader, protocol: number, bytes: Uint8Array): number {
  const addresses = concat(src, dst);
  const range = { at: 0, end: addresses.length };
  const partial = pseudoHeaderSum(addresses, range, protocol, bytes.length);
  return checksum(bytes, 0, bytes.length, partial);
}

const NOTHING = new Uint8Array(0);
/** What Ethernet pads with is no lie (IEEE 802.3 §4.2.3.3, without the check sequence). */
const SHORTEST_FRAME = 60;
const IPV4_LENGTH = 20;
const IPV6_LENGTH = 40;
const TCP_LENGTH = 20;
const UDP_LENGTH = 8;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
