import { putU16, putU32, u8 } from '../base/bytes.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import { FIN, PSH } from './tcp.ts';
import type { Wrapping } from './tunnel/layers.ts';
import { mendWrapping, turnWrapping } from './tunnel/mend.ts';

/** What is taken over from a packet that was seen; a `PacketView` of a TCP or UDP packet is one. */
export interface Envelope {
  readonly bytes: Uint8Array;
  /** The Ethernet header, VLAN tags and all other headers around the packet lie in `[frameAt, ipAt)`. */
  readonly frameAt: number;
  readonly ipAt: number;
  /** 4, or it is taken for 6. */
  readonly ipVersion: 0 | 4 | 6;
  readonly srcAt: number;
  readonly dstAt: number;
  readonly srcPort: number;
  readonly dstPort: number;
  /** Which of those headers depend on the packet's length; none, if nothing is said. */
  readonly wrapping?: Wrapping;
}

/** `along` goes the way of the packet that was seen, `back` to its sender. */
export type Way = 'along' | 'back';

export interface IpFields {
  /** TTL of IPv4, hop limit of IPv6. */
  readonly ttl: number;
  /** Identification of IPv4; IPv6 has none. */
  readonly ipId: number;
  /** DF of IPv4, not set unless asked for; IPv6 has none. */
  readonly dontFragment?: boolean;
}

export interface TcpFields extends IpFields {
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  /** Padded to whole words, if there are any. */
  readonly options?: Uint8Array;
  /** None, if nothing is said. It must fit into one IP packet: see `splitPayload`. */
  readonly payload?: Uint8Array;
}

/** A TCP segment in the Ethernet and IP envelope of a packet that was seen. Checksums are right. */
export function buildSegment(seen: Envelope, way: Way, fields: TcpFields): Uint8Array {
  const { payload = NOTHING, options = NOTHING } = fields;
  const headerLength = 20 + options.length;
  const frame = envelopeFor(seen, way, fields, {
    protocol: PROTOCOL_TCP,
    length: headerLength + payload.length,
  });
  const tcpAt = frame.length - payload.length - headerLength;
  putPorts(frame, tcpAt, seen, way);
  putU32(frame, tcpAt + 4, fields.seq);
  putU32(frame, tcpAt + 8, fields.ack);
  frame[tcpAt + 12] = headerLength << 2;
  frame[tcpAt + 13] = fields.flags;
  putU16(frame, tcpAt + 14, fields.window);
  frame.set(options, tcpAt + 20);
  frame.set(payload, tcpAt + headerLength);
  putU16(frame, tcpAt + 16, transportChecksum(seen, frame, tcpAt, PROTOCOL_TCP));
  mendAround(frame, seen);
  return frame;
}

/** A UDP datagram in the Ethernet and IP envelope of a UDP packet that was seen. Checksums are right. */
export function buildDatagram(
  seen: Envelope,
  way: Way,
  payload: Uint8Array,
  fields: IpFields,
): Uint8Array {
  const length = 8 + payload.length;
  const frame = envelopeFor(seen, way, fields, { protocol: PROTOCOL_UDP, length });
  const udpAt = frame.length - length;
  putPorts(frame, udpAt, seen, way);
  putU16(frame, udpAt + 4, length);
  frame.set(payload, udpAt + 8);
  // RFC 768: zero would say that there is no checksum.
  putU16(frame, udpAt + 6, transportChecksum(seen, frame, udpAt, PROTOCOL_UDP) || 0xffff);
  mendAround(frame, seen);
  return frame;
}

/**
 * The same bytes as segments of at most 1400, which fit any usual path; of fewer in a tunnel, so that each frame fits an MTU of
 * 1500. `seq` moves on, and PSH and FIN stay with the last. One segment comes of a payload that fits, or of none. Headers may leave
 * no room even for 64 bytes: such frames do not fit, and the box that is to send them refuses and counts them.
 */
export function splitPayload(seen: Envelope, fields: TcpFields): TcpFields[] {
  const { payload = NOTHING, options = NOTHING } = fields;
  const headers = seen.ipAt - seen.frameAt + ipHeaderLength(seen) + 20 + options.length;
  const limit = Math.min(PAYLOAD_LIMIT, Math.max(LEAST_LIMIT, FRAME_LIMIT - headers));
  const segments: TcpFields[] = [];
  let at = 0;
  do {
    const end = Math.min(at + limit, payload.length);
    const flags = end === payload.length ? fields.flags : fields.flags & ~(PSH | FIN);
    segments.push({
      ...fields,
      seq: (fields.seq + at) | 0,
      flags,
      payload: payload.slice(at, end),
    });
    at = end;
  } while (at < payload.length);
  return segments;
}

/** Ethernet and IP headers, and zeros for the transport's bytes. */
function envelopeFor(
  seen: Envelope,
  way: Way,
  fields: IpFields,
  transport: { readonly protocol: number; readonly length: number },
): Uint8Array {
  const ipAt = seen.ipAt - seen.frameAt;
  const frame = new Uint8Array(ipAt + ipHeaderLength(seen) + transport.length);
  copyEthernet(seen, way, frame);
  frame[ipAt] = seen.ipVersion === 4 ? 0x45 : 0x60;
  copyAddresses(seen, way, frame);
  if (seen.ipVersion === 4) {
    putU16(frame, ipAt + 2, 20 + transport.length);
    putU16(frame, ipAt + 4, fields.ipId);
    putU16(frame, ipAt + 6, fields.dontFragment ? DONT_FRAGMENT : 0);
    frame[ipAt + 8] = fields.ttl;
    frame[ipAt + 9] = transport.protocol;
    putU16(frame, ipAt + 10, checksum(frame, ipAt, ipAt + 20));
  } else {
    putU16(frame, ipAt + 4, transport.length);
    frame[ipAt + 6] = transport.protocol;
    frame[ipAt + 7] = fields.ttl;
  }
  return frame;
}

function copyEthernet(seen: Envelope, way: Way, frame: Uint8Array): void {
  const { bytes, frameAt, ipAt, wrapping } = seen;
  frame.set(bytes.subarray(frameAt, ipAt));
  if (way === 'along') return;
  for (let i = 0; i < 6; i++) {
    frame[i] = u8(bytes, frameAt + 6 + i);
    frame[6 + i] = u8(bytes, frameAt + i);
  }
  if (wrapping !== undefined) turnWrapping(frame, wrapping, -frameAt);
}

/** Labels and identifiers of a tunnel stay those of the packet that was seen, whichever way the frame goes. */
function mendAround(frame: Uint8Array, { wrapping, frameAt }: Envelope): void {
  if (wrapping !== undefined) mendWrapping(frame, wrapping, -frameAt);
}

function copyAddresses(seen: Envelope, way: Way, frame: Uint8Array): void {
  const { bytes, srcAt, dstAt } = seen;
  const [src, dst] = way === 'along' ? [srcAt, dstAt] : [dstAt, srcAt];
  const length = dstAt - srcAt;
  const at = srcAt - seen.frameAt;
  frame.set(bytes.subarray(src, src + length), at);
  frame.set(bytes.subarray(dst, dst + length), at + length);
}

function putPorts(frame: Uint8Array, at: number, { srcPort, dstPort }: Envelope, way: Way): void {
  putU16(frame, at, way === 'along' ? srcPort : dstPort);
  putU16(frame, at + 2, way === 'along' ? dstPort : srcPort);
}

/** Of everything from `at` on, whose checksum field is still zero. */
function transportChecksum(
  seen: Envelope,
  frame: Uint8Array,
  at: number,
  protocol: number,
): number {
  const srcAt = seen.srcAt - seen.frameAt;
  const addresses = { at: srcAt, end: srcAt + 2 * (seen.dstAt - seen.srcAt) };
  const partial = pseudoHeaderSum(frame, addresses, protocol, frame.length - at);
  return checksum(frame, at, frame.length, partial);
}

function ipHeaderLength({ ipVersion }: Envelope): 20 | 40 {
  return ipVersion === 4 ? 20 : 40;
}

const NOTHING = new Uint8Array(0);
const PAYLOAD_LIMIT = 1400;
/** However long the headers are, a payload does not become more segments than of so many bytes each. A surrogate. */
const LEAST_LIMIT = 64;
/** An MTU of 1500 and an Ethernet header. */
const FRAME_LIMIT = 1514;
const DONT_FRAGMENT = 0x4000;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
