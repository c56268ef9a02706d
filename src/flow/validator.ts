import { ipChecksumHolds, tcpChecksumHolds } from '../wire/checksum.ts';
import type { PacketView } from '../wire/packet.ts';
import { ACK, FIN, PSH, RST, SYN, seqDistance, URG } from '../wire/tcp.ts';
import { findTcpOption, MD5_SIGNATURE, TIMESTAMPS, timestampValue } from '../wire/tcp-options.ts';
import type { Direction, Flow } from './flow.ts';
import { type HalfFlow, WINDOW } from './half-flow.ts';
import type { Ignored } from './ignored.ts';
import type { HopsKnobs, ValidateKnobs } from './knobs.ts';

/** Whether a box believes a TCP segment; its knobs say what it checks. */
export class Validator {
  readonly #knobs: ValidateKnobs;
  readonly #hops: HopsKnobs;

  constructor(knobs: ValidateKnobs, hops: HopsKnobs) {
    this.#knobs = knobs;
    this.#hops = hops;
  }

  /** What is wrong with the packet itself; undefined if nothing is. `direction` is by the way it really goes. */
  refusesPacket(packet: PacketView, direction: Direction): Ignored | undefined {
    const { ipChecksum, tcpChecksum, flags, md5 } = this.#knobs;
    if (ipChecksum && !ipChecksumHolds(packet)) return 'bad-ip-checksum';
    if (this.#hops.aware && !this.#arrives(packet, direction)) return 'ttl-too-low';
    if (flags === 'require-ack' && lacksAck(packet.flags)) return 'no-ack-flag';
    if (flags === 'strict' && isOdd(packet.flags)) return 'odd-flags';
    if (md5 === 'reject' && hasOption(packet, MD5_SIGNATURE)) return 'md5-option';
    if (tcpChecksum && !tcpChecksumHolds(packet, packet.transportAt)) return 'bad-tcp-checksum';
    return undefined;
  }

  /** What is wrong with the segment in its flow; undefined if nothing is. Not for SYNs and RSTs. */
  refusesSegment(packet: PacketView, flow: Flow, direction: Direction): Ignored | undefined {
    const half = flow.half(direction);
    const other = flow.half(direction === 'to-server' ? 'to-client' : 'to-server');
    if (this.#knobs.paws === 'reject' && isOlder(packet, half)) return 'old-timestamp';
    if (this.#knobs.ack && !acknowledgesWhatWasSent(packet, other)) return 'bad-ack';
    if (!half.isBelieved || half.isResyncing) return undefined;
    const { seq } = this.#knobs;
    if (seq === 'exact' && packet.seq !== half.believedNext) return 'not-next';
    if (seq === 'window' && !isInWindow(packet, half) && !this.#isOfOtherSyn(packet, flow, half)) {
      return 'out-of-window';
    }
    return undefined;
  }

  /** After a segment was believed. */
  note(packet: PacketView, half: HalfFlow): void {
    if (this.#knobs.paws !== 'reject') return;
    const optionAt = timestampAt(packet);
    if (optionAt >= 0) half.timestamp = timestampValue(packet.bytes, optionAt);
  }

  #isOfOtherSyn(packet: PacketView, flow: Flow, half: HalfFlow): boolean {
    if (flow.otherSeqs === undefined || half !== flow.toServer) return false;
    return flow.otherSeqs.some((seq) => liesWithin(packet, (seq + 1) | 0));
  }

  #arrives({ ttl }: PacketView, direction: Direction): boolean {
    return ttl > (direction === 'to-server' ? this.#hops.after : this.#hops.before);
  }
}

/**
 * Whether a Linux endpoint would take the segment, as far as can be known from outside: checksums, TTL, ACK flag, MD5 option,
 * acknowledgement. Not what the box believes: what it needs to send an end the sequence number that it will accept.
 */
export function isAcceptable(
  packet: PacketView,
  hopsToGo: number,
  senderReceived: HalfFlow,
): boolean {
  if (packet.ttl <= hopsToGo || lacksAck(packet.flags)) return false;
  if (hasOption(packet, MD5_SIGNATURE)) return false;
  if (senderReceived.isKnown && (packet.flags & ACK) !== 0) {
    if (!isPlausibleAck(packet.ack, senderReceived, senderReceived.next)) return false;
  }
  return ipChecksumHolds(packet) && tcpChecksumHolds(packet, packet.transportAt);
}

/** A segment that begins no connection and ends none, and has no ACK flag, is dropped (RFC 9293 §3.10.7.4). */
function lacksAck(flags: number): boolean {
  return (flags & (SYN | RST | ACK)) === 0;
}

/** Flags that no stack sends together. */
export function isOdd(flags: number): boolean {
  const all = flags & (FIN | SYN | RST | PSH | ACK | URG);
  if ((all & SYN) !== 0) return all !== SYN && all !== (SYN | ACK);
  if ((all & RST) !== 0) return all !== RST && all !== (RST | ACK);
  return (all & ACK) === 0;
}

function hasOption(packet: PacketView, kind: number): boolean {
  const at = packet.transportAt + TCP_LENGTH;
  const end = packet.tcpOptionsEnd;
  return end > at && findTcpOption(packet.bytes, at, end, kind) >= 0;
}

function timestampAt(packet: PacketView): number {
  const at = packet.transportAt + TCP_LENGTH;
  return findTcpOption(packet.bytes, at, packet.tcpOptionsEnd, TIMESTAMPS);
}

function isOlder(packet: PacketView, { timestamp }: HalfFlow): boolean {
  if (timestamp === undefined) return false;
  const optionAt = timestampAt(packet);
  return optionAt >= 0 && seqDistance(timestamp, timestampValue(packet.bytes, optionAt)) < 0;
}

function acknowledgesWhatWasSent(packet: PacketView, other: HalfFlow): boolean {
  if ((packet.flags & ACK) === 0 || !other.isBelieved) return true;
  return isPlausibleAck(packet.ack, other, other.believedNext);
}

/** RFC 5961 §5.2: no more than was sent, and no older than the largest window before what was acknowledged already. */
function isPlausibleAck(ack: number, half: HalfFlow, sentUntil: number): boolean {
  if (seqDistance(ack, sentUntil) < 0) return false;
  return !half.isBelieved || seqDistance(ack, half.acked) <= LARGEST_UNSCALED_WINDOW;
}

/** Something of it is new, or it is empty and at hand. */
function isInWindow(packet: PacketView, half: HalfFlow): boolean {
  return liesWithin(packet, half.believedNext);
}

function liesWithin(packet: PacketView, next: number): boolean {
  const from = seqDistance(next, packet.seq);
  const length = packet.sequenceLength;
  return length === 0 ? Math.abs(from) < WINDOW : from < WINDOW && from + length > 0;
}

const TCP_LENGTH = 20;
const LARGEST_UNSCALED_WINDOW = 0xffff;
