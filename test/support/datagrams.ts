import type { Envelope } from '../../src/wire/build.ts';
import { addressBytes, concat, internetChecksum, macOf } from './packets.ts';

/** One UDP datagram, as text and numbers; what is left out has a plain value. */
export interface Datagram {
  /** IPv4 or IPv6, both the same. */
  readonly src: string;
  readonly dst: string;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly payload: Uint8Array;
}

/** The datagram in an Ethernet frame; its checksums are right. */
export function udpFrame(datagram: Datagram): Uint8Array {
  const { srcPort, dstPort, payload } = datagram;
  const [src, dst] = [addressBytes(datagram.src), addressBytes(datagram.dst)];
  const length = 8 + payload.length;
  const udp = concat(words(srcPort, dstPort, length, 0), payload);
  const sum = internetChecksum(concat(src, dst, words(17, length), udp));
  udp.set(words(sum === 0 ? 0xffff : sum), 6);
  const isIpv4 = src.length === 4;
  const ip = isIpv4 ? ipv4Header(src, dst, length) : ipv6Header(src, dst, length);
  return concat(macOf(dst), macOf(src), words(isIpv4 ? 0x0800 : 0x86dd), ip, udp);
}

/** What stands in a frame without IP options or extension headers, for TCP and UDP alike. */
export function envelopeOf(bytes: Uint8Array, frameAt: number, tagsLength = 0): Envelope {
  const ipAt = frameAt + 14 + tagsLength;
  const ipVersion = (bytes[ipAt] ?? 0) >>> 4 === 4 ? 4 : 6;
  const [srcAt, dstAt, portsAt] = ipVersion === 4 ? [12, 16, 20] : [8, 24, 40];
  const port = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return {
    bytes,
    frameAt,
    ipAt,
    ipVersion,
    srcAt: ipAt + srcAt,
    dstAt: ipAt + dstAt,
    srcPort: port(ipAt + portsAt),
    dstPort: port(ipAt + portsAt + 2),
  };
}

/** Whether the UDP checksum, and that of IPv4, are right, and the first is there. No options, no extension headers. */
export function hasRightUdpChecksums(frame: Uint8Array): boolean {
  const isIpv4 = frame[12] === 0x08;
  const addresses = isIpv4 ? frame.slice(26, 34) : frame.slice(22, 54);
  const udp = frame.slice(isIpv4 ? 34 : 54);
  const isThere = udp[6] !== 0 || udp[7] !== 0;
  const ipHolds = !isIpv4 || internetChecksum(frame.slice(14, 34)) === 0;
  return (
    ipHolds && isThere && internetChecksum(concat(addresses, words(17, udp.length), udp)) === 0
  );
}

function ipv4Header(src: Uint8Array, dst: Uint8Array, length: number): Uint8Array {
  const header = concat(words(0x4500, 20 + length, 1, 0x4000, 0x4011, 0), src, dst);
  header.set(words(internetChecksum(header)), 10);
  return header;
}

function ipv6Header(src: Uint8Array, dst: Uint8Array, length: number): Uint8Array {
  return concat(words(0x6000, 0, length, 0x1140), src, dst);
}

function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}
