import { internetChecksum } from './packets.ts';

/** What the IP layer of a Linux host hands on; apart from the code under test. */
export interface IpPacket {
  /** Source and destination, as they lie in the header. */
  readonly addresses: Buffer;
  readonly protocol: number;
  readonly fragment: Fragment | undefined;
  /** After the header, and for IPv6 after the extension headers. */
  readonly contents: Buffer;
}

export interface Fragment {
  readonly id: string;
  readonly offset: number;
  readonly hasMore: boolean;
}

export interface TcpSegment {
  readonly srcPort: number;
  readonly dstPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: { readonly [flag in Flag]: boolean };
  readonly urgentPointer: number;
  readonly hasMd5: boolean;
  readonly timestamp: number | undefined;
  readonly payload: Buffer;
}

export type Flag = 'fin' | 'syn' | 'rst' | 'ack' | 'urg';

/** The IP packet in an Ethernet frame; undefined for one that a host or a router throws away. */
export function readIp(frame: Uint8Array): IpPacket | undefined {
  const ip = Buffer.from(frame.slice(ETHERNET));
  return ip.readUInt8(0) >>> 4 === 4 ? readIpv4(ip) : readIpv6(ip);
}

/** The TCP segment in a whole packet; undefined if its length or its checksum is wrong. */
export function readTcp({ addresses, protocol, contents: tcp }: IpPacket): TcpSegment | undefined {
  const headerLength = tcp.length < 20 ? 0 : (tcp.readUInt8(12) >>> 4) * 4;
  if (protocol !== TCP || headerLength < 20 || headerLength > tcp.length) return undefined;
  const pseudoHeader = Buffer.from([0, TCP, tcp.length >>> 8, tcp.length & 0xff]);
  if (internetChecksum(Buffer.concat([addresses, pseudoHeader, tcp])) !== 0) return undefined;
  const bits = tcp.readUInt8(13);
  const options = readOptions(tcp.subarray(20, headerLength));
  return {
    srcPort: tcp.readUInt16BE(0),
    dstPort: tcp.readUInt16BE(2),
    seq: tcp.readInt32BE(4),
    ack: tcp.readInt32BE(8),
    flags: {
      fin: (bits & 1) !== 0,
      syn: (bits & 2) !== 0,
      rst: (bits & 4) !== 0,
      ack: (bits & 16) !== 0,
      urg: (bits & 32) !== 0,
    },
    urgentPointer: tcp.readUInt16BE(18),
    hasMd5: options.has(MD5),
    timestamp: options.get(TIMESTAMPS)?.readInt32BE(0),
    payload: tcp.subarray(headerLength),
  };
}

function readIpv4(ip: Buffer): IpPacket | undefined {
  const headerLength = (ip.readUInt8(0) & 0x0f) * 4;
  const length = ip.readUInt16BE(2);
  if (headerLength < 20 || length < headerLength || length > ip.length) return undefined;
  if (internetChecksum(ip.subarray(0, headerLength)) !== 0) return undefined;
  const bits = ip.readUInt16BE(6);
  const fragment = {
    id: ip.subarray(4, 6).toString('hex'),
    offset: (bits & 0x1fff) * 8,
    hasMore: (bits & 0x2000) !== 0,
  };
  return {
    addresses: ip.subarray(12, 20),
    protocol: ip.readUInt8(9),
    fragment: fragment.hasMore || fragment.offset > 0 ? fragment : undefined,
    contents: ip.subarray(headerLength, length),
  };
}

/** RFC 8200 §4: the hop-by-hop header counts only as the first. */
function readIpv6(ip: Buffer): IpPacket | undefined {
  const end = 40 + ip.readUInt16BE(4);
  if (end > ip.length) return undefined;
  let protocol = ip.readUInt8(6);
  let at = 40;
  let fragment: Fragment | undefined;
  while (EXTENSION_HEADERS.includes(protocol) && fragment === undefined) {
    if (at + 8 > end || (protocol === HOP_BY_HOP && at > 40)) return undefined;
    if (protocol === FRAGMENT) {
      const bits = ip.readUInt16BE(at + 2);
      const id = ip.subarray(at + 4, at + 8).toString('hex');
      fragment = { id, offset: bits & 0xfff8, hasMore: (bits & 1) !== 0 };
    }
    const length = protocol === FRAGMENT ? 8 : (ip.readUInt8(at + 1) + 1) * 8;
    protocol = ip.readUInt8(at);
    at += length;
  }
  if (at > end) return undefined;
  const isWhole = fragment?.offset === 0 && !fragment.hasMore;
  return {
    addresses: ip.subarray(8, 40),
    protocol,
    fragment: isWhole ? undefined : fragment,
    contents: ip.subarray(at, end),
  };
}

/** The values of options whose length is right, the first of each kind. */
function readOptions(options: Buffer): Map<number, Buffer> {
  const values = new Map<number, Buffer>();
  let at = 0;
  while (at < options.length && options[at] !== END_OF_OPTIONS) {
    const kind = options.readUInt8(at);
    const length = kind === NO_OPERATION ? 1 : (options[at + 1] ?? 0);
    if (kind !== NO_OPERATION && (length < 2 || at + length > options.length)) break;
    const isRight = length === (LENGTHS.get(kind) ?? length);
    if (isRight && !values.has(kind)) values.set(kind, options.subarray(at + 2, at + length));
    at += length;
  }
  return values;
}

const ETHERNET = 14;
const TCP = 6;
const HOP_BY_HOP = 0;
const FRAGMENT = 44;
const EXTENSION_HEADERS = [HOP_BY_HOP, 43, FRAGMENT, 60];
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
const TIMESTAMPS = 8;
const MD5 = 19;
const LENGTHS = new Map([
  [TIMESTAMPS, 10],
  [MD5, 18],
]);
