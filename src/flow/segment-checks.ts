import type { PacketView } from '../wire/packet.ts';
import { ACK, FIN, PSH, RST, SYN, seqDistance, URG } from '../wire/tcp.ts';
import { findTcpOption, MD5_SIGNATURE, TIMESTAMPS, timestampValue } from '../wire/tcp-options.ts';
import type { DeliveredEdge } from './delivered-edge.ts';

/** A segment that begins no connection and ends none, and has no ACK flag, is dropped (RFC 9293 §3.10.7.4). */
export function lacksAck(flags: number): boolean {
  return (flags & (SYN | RST | ACK)) === 0;
}

/** Flags that no stack sends together. */
export function isOdd(flags: number): boolean {
  const all = flags & (FIN | SYN | RST | PSH | ACK | URG);
  if ((all & SYN) !== 0) return all !== SYN && all !== (SYN | ACK);
  if ((all & RST) !== 0) return all !== RST && all !== (RST | ACK);
  return (all & ACK) === 0;
}

/** RFC 2385; an end that has no key for it drops the segment. */
export function hasMd5Option(packet: PacketView): boolean {
  return optionAt(packet, MD5_SIGNATURE) >= 0;
}

/** Of the timestamps option, or -1. */
export function timestampAt(packet: PacketView): number {
  return optionAt(packet, TIMESTAMPS);
}

/** PAWS (RFC 7323 §5.3), as Linux has it: one tick older is not too old. */
export function isOlder(packet: PacketView, than: number | undefined): boolean {
  if (than === undefined) return false;
  const at = timestampAt(packet);
  return at >= 0 && seqDistance(than, timestampValue(packet.bytes, at)) < -1;
}

/**
 * Whether a segment acknowledges no more than was sent, and nothing too old: RFC 5961 §5.2 allows the largest window before what
 * was acknowledged, here the largest there is without scaling, and Linux 6.7 nothing from before the connection.
 */
export function isPlausibleAck(
  { flags, ack }: PacketView,
  { isKnown, first, acked }: DeliveredEdge,
  sentUntil: number,
): boolean {
  if ((flags & ACK) === 0) return true;
  if (seqDistance(ack, sentUntil) < 0) return false;
  if (!isKnown) return true;
  const sinceStart = first === undefined ? LARGEST_UNSCALED_WINDOW : (acked - first) >>> 0;
  return seqDistance(ack, acked) <= Math.min(sinceStart, LARGEST_UNSCALED_WINDOW);
}

function optionAt(packet: PacketView, kind: number): number {
  const at = packet.transportAt + TCP_LENGTH;
  const end = packet.tcpOptionsEnd;
  return end > at ? findTcpOption(packet.bytes, at, end, kind) : -1;
}

const TCP_LENGTH = 20;
const LARGEST_UNSCALED_WINDOW = 0xffff;
