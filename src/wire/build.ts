import { putU16, putU32 } from '../base/bytes.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import type { PacketView } from './packet.ts';

export interface TcpFields {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  /** TTL of IPv4, hop limit of IPv6. */
  readonly ttl: number;
  /** Identification of IPv4; IPv6 has none. */
  readonly ipId: number;
}

/**
 * A TCP segment without payload or options, in the Ethernet and IP envelope of a packet that was seen: `along` goes the
 * seen packet's way, `back` to its sender. Checksums are right.
 */
export function buildSegment(
  seen: PacketView,
  way: 'along' | 'back',
  fields: TcpFields,
): Uint8Array {
  const ipLength = seen.ipVersion === 4 ? 20 : 40;
  const frame = new Uint8Array(14 + ipLength + 20);
  copyEthernet(seen, way, frame);
  if (seen.ipVersion === 4) putIpv4(seen, way, frame, fields);
  else putIpv6(seen, way, frame, fields);
  putTcp(seen, way, frame, fields);
  return frame;
}

function copyEthernet(seen: PacketView, way: 'along' | 'back', frame: Uint8Array): void {
  const { bytes, frameAt } = seen;
  const [dst, src] = way === 'along' ? [frameAt, frameAt + 6] : [frameAt + 6, frameAt];
  frame.set(bytes.subarray(dst, dst + 6), 0);
  frame.set(bytes.subarray(src, src + 6), 6);
  frame.set(bytes.subarray(frameAt + 12, frameAt + 14), 12);
}

function putIpv4(seen: PacketView, way: 'along' | 'back', frame: Uint8Array, f: TcpFields): void {
  frame[14] = 0x45;
  putU16(frame, 16, 40);
  putU16(frame, 18, f.ipId);
  frame[22] = f.ttl;
  frame[23] = PROTOCOL_TCP;
  copyAddresses(seen, way, frame, { at: 26, length: 4 });
  putU16(frame, 24, checksum(frame, 14, 34));
}

function putIpv6(seen: PacketView, way: 'along' | 'back', frame: Uint8Array, f: TcpFields): void {
  frame[14] = 0x60;
  putU16(frame, 18, 20);
  frame[20] = PROTOCOL_TCP;
  frame[21] = f.ttl;
  copyAddresses(seen, way, frame, { at: 22, length: 16 });
}

function copyAddresses(
  seen: PacketView,
  way: 'along' | 'back',
  frame: Uint8Array,
  place: { readonly at: number; readonly length: number },
): void {
  const [src, dst] = way === 'along' ? [seen.srcAt, seen.dstAt] : [seen.dstAt, seen.srcAt];
  const { at, length } = place;
  frame.set(seen.bytes.subarray(src, src + length), at);
  frame.set(seen.bytes.subarray(dst, dst + length), at + length);
}

function putTcp(seen: PacketView, way: 'along' | 'back', frame: Uint8Array, f: TcpFields): void {
  const tcpAt = frame.length - 20;
  const [src, dst] = way === 'along' ? [seen.srcPort, seen.dstPort] : [seen.dstPort, seen.srcPort];
  putU16(frame, tcpAt, src);
  putU16(frame, tcpAt + 2, dst);
  putU32(frame, tcpAt + 4, f.seq);
  putU32(frame, tcpAt + 8, f.ack);
  frame[tcpAt + 12] = 0x50;
  frame[tcpAt + 13] = f.flags;
  putU16(frame, tcpAt + 14, f.window);
  const addresses = seen.ipVersion === 4 ? { at: 26, end: 34 } : { at: 22, end: 54 };
  const partial = pseudoHeaderSum(frame, addresses, PROTOCOL_TCP, 20);
  putU16(frame, tcpAt + 16, checksum(frame, tcpAt, frame.length, partial));
}

const PROTOCOL_TCP = 6;
