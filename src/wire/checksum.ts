import { u8, u16 } from '../base/bytes.ts';

/** Internet checksum (RFC 1071) of a byte range, with a partial sum from elsewhere added in. */
export function checksum(bytes: Uint8Array, at: number, end: number, partial = 0): number {
  let sum = (partial + wordSum(bytes, at, end)) >>> 0;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Partial sum of the TCP pseudo-header (RFC 9293 §3.1; RFC 8200 §8.1): both addresses, protocol, length. */
export function pseudoHeaderSum(
  addresses: Uint8Array,
  range: { readonly at: number; readonly end: number },
  protocol: number,
  length: number,
): number {
  return protocol + length + wordSum(addresses, range.at, range.end);
}

/** An IP packet whose places lie inside `bytes`; a `PacketView` is one, where it has found an IP header. */
export interface IpPacket {
  readonly bytes: Uint8Array;
  readonly ipVersion: 0 | 4 | 6;
  readonly ipAt: number;
  readonly ipEnd: number;
  readonly srcAt: number;
}

/** Whether the header's checksum is right, options included. IPv6 has none, so it holds. */
export function ipChecksumHolds({ bytes, ipVersion, ipAt }: IpPacket): boolean {
  if (ipVersion !== 4) return true;
  return checksum(bytes, ipAt, ipAt + (u8(bytes, ipAt) & 0x0f) * 4) === 0;
}

/** Whether the checksum of the TCP segment at `tcpAt`, which ends with the IP packet, is right. */
export function tcpChecksumHolds(packet: IpPacket, tcpAt: number): boolean {
  return holdsFrom(packet, PROTOCOL_TCP, tcpAt, packet.ipEnd);
}

/**
 * Whether the checksum of the UDP datagram at `udpAt` is right. Zero stands for none, which IPv4 allows (RFC 768) and
 * IPv6 does not (RFC 8200 §8.1). A length that the packet cannot hold is wrong too: what to sum is not known.
 */
export function udpChecksumHolds(packet: IpPacket, udpAt: number): boolean {
  const { bytes, ipEnd, ipVersion } = packet;
  const length = udpAt + UDP_HEADER > ipEnd ? 0 : u16(bytes, udpAt + 4);
  if (length < UDP_HEADER || udpAt + length > ipEnd) return false;
  if (u16(bytes, udpAt + 6) === 0) return ipVersion === 4;
  return holdsFrom(packet, PROTOCOL_UDP, udpAt, udpAt + length);
}

function holdsFrom(packet: IpPacket, protocol: number, at: number, end: number): boolean {
  const { bytes, srcAt } = packet;
  const addresses = wordSum(bytes, srcAt, srcAt + (packet.ipVersion === 4 ? 8 : 32));
  return checksum(bytes, at, end, addresses + protocol + end - at) === 0;
}

/** Sum of 16-bit words, the last one padded with a zero; modulo 2^32, so that it is right up to 128 KiB. */
function wordSum(bytes: Uint8Array, at: number, end: number): number {
  const wide = end - at < WIDE_FROM ? at : end - ((end - at) % 16);
  let sum = wide === at ? 0 : wideSum(bytes, at, wide);
  let i = wide;
  for (; i + 1 < end; i += 2) sum += u16(bytes, i);
  if (i < end) sum += u8(bytes, i) << 8;
  return sum;
}

/** Of a multiple of 16 bytes. Four at a time take 0.3 µs for a full segment, where single bytes take 0.8 µs. */
function wideSum(bytes: Uint8Array, at: number, end: number): number {
  const view = viewOf(bytes.buffer);
  const last = bytes.byteOffset + end;
  let sum = 0;
  for (let i = bytes.byteOffset + at; i < last; i += 16) {
    const a = view.getInt32(i);
    const b = view.getInt32(i + 4);
    const c = view.getInt32(i + 8);
    const d = view.getInt32(i + 12);
    const high = (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16);
    sum = (sum + high + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
  }
  return sum;
}

/** One view for each buffer ever summed, for as long as the buffer is kept: packets share a ring. */
function viewOf(buffer: ArrayBufferLike): DataView {
  const known = VIEWS.get(buffer);
  if (known !== undefined) return known;
  const view = new DataView(buffer);
  VIEWS.set(buffer, view);
  return view;
}

const VIEWS = new WeakMap<ArrayBufferLike, DataView>();
/** Below this, single bytes are faster. */
const WIDE_FROM = 128;
const UDP_HEADER = 8;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
