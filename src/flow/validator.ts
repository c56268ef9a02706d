import { ipChecksumHolds, tcpChecksumHolds } from '../wire/checksum.ts';
import type { PacketView } from '../wire/packet.ts';
import { seqDistance } from '../wire/tcp.ts';
import { timestampValue } from '../wire/tcp-options.ts';
import { type Direction, type Flow, opposite } from './flow.ts';
import { type HalfFlow, WINDOW } from './half-flow.ts';
import type { Ignored } from './ignored.ts';
import type { HopsKnobs, ValidateKnobs } from './knobs.ts';
import {
  hasMd5Option,
  isOdd,
  isOlder,
  isPlausibleAck,
  lacksAck,
  timestampAt,
} from './segment-checks.ts';

/** Whether a box believes a TCP segment; its knobs say what it checks. */
export class Validator {
  readonly #knobs: ValidateKnobs;
  readonly #hops: HopsKnobs;

  constructor(knobs: ValidateKnobs, hops: HopsKnobs) {
    this.#knobs = knobs;
    this.#hops = hops;
  }

  /** It refuses every packet with a wrong checksum of IPv4 or of TCP. */
  get checksSums(): boolean {
    return this.#knobs.ipChecksum && this.#knobs.tcpChecksum;
  }

  /** What is wrong with the packet itself; undefined if nothing is. `direction` is by the way it really goes. */
  refusesPacket(packet: PacketView, direction: Direction): Ignored | undefined {
    const { ipChecksum, tcpChecksum, flags, md5 } = this.#knobs;
    if (ipChecksum && !ipChecksumHolds(packet)) return 'bad-ip-checksum';
    if (this.#hops.aware && !this.#arrives(packet, direction)) return 'ttl-too-low';
    if (flags === 'require-ack' && lacksAck(packet.flags)) return 'no-ack-flag';
    if (flags === 'strict' && isOdd(packet.flags)) return 'odd-flags';
    if (md5 === 'reject' && hasMd5Option(packet)) return 'md5-option';
    if (!tcpChecksum || packet.isFragment) return undefined; // of a part, it cannot be checked
    return tcpChecksumHolds(packet, packet.transportAt) ? undefined : 'bad-tcp-checksum';
  }

  /** What is wrong with the segment in its flow; undefined if nothing is. Not for SYNs and RSTs. */
  refusesSegment(packet: PacketView, flow: Flow, direction: Direction): Ignored | undefined {
    const half = flow.half(direction);
    const other = flow.half(opposite(direction));
    const { paws, ack, seq } = this.#knobs;
    const isTimed = paws === 'reject' && mayHaveTimestamps(half);
    if (isTimed && isOlder(packet, half.timestamp)) return 'old-timestamp';
    if (ack && other.isBelieved && !isPlausibleAck(packet, other, sentUntil(other))) {
      return 'bad-ack';
    }
    if (!half.isBelieved || half.isResyncing) return undefined;
    if (seq === 'exact' && packet.seq !== half.believedNext) return 'not-next';
    if (seq === 'window' && !isInWindow(packet, half) && !this.#isOfOtherSyn(packet, flow, half)) {
      return 'out-of-window';
    }
    return undefined;
  }

  /** A RST may carry text for people (RFC 9293 §3.5.3), which is no part of the stream. */
  believesPayload(packet: PacketView): boolean {
    return !packet.isReset || this.#knobs.flags === 'any';
  }

  /** After a segment was believed, and before the half knows of it. RFC 7323 §4.3: one beyond a gap does not count. */
  note(packet: PacketView, half: HalfFlow): void {
    if (this.#knobs.paws !== 'reject' || packet.isReset) return;
    if (packet.isSyn ? half.timestamp !== undefined : !mayHaveTimestamps(half)) return;
    if (half.isBelieved && seqDistance(half.believedNext, packet.seq) > 0) return;
    const optionAt = timestampAt(packet);
    if (optionAt < 0) return;
    const value = timestampValue(packet.bytes, optionAt);
    const isNewer = half.timestamp === undefined || seqDistance(half.timestamp, value) > 0;
    if (isNewer) half.timestamp = value;
  }

  #isOfOtherSyn(packet: PacketView, flow: Flow, half: HalfFlow): boolean {
    if (flow.otherSeqs === undefined || half !== flow.toServer) return false;
    return flow.otherSeqs.some((seq) => liesWithin(packet, (seq + 1) | 0));
  }

  #arrives({ ttl }: PacketView, direction: Direction): boolean {
    return ttl > (direction === 'to-server' ? this.#hops.after : this.#hops.before);
  }
}

/** Both ends offered them in their SYNs (RFC 7323 §3.2), or the SYNs were not seen. */
function mayHaveTimestamps({ first, recentTimestamp }: HalfFlow): boolean {
  return first === undefined || recentTimestamp !== undefined;
}

/** As Linux has it (tcp_sequence): its end is not old, and its beginning lies in the window. */
function isInWindow(packet: PacketView, half: HalfFlow): boolean {
  return liesWithin(packet, half.believedNext);
}

function liesWithin(packet: PacketView, next: number): boolean {
  const from = seqDistance(next, packet.seq);
  return from < WINDOW && from + packet.sequenceLength >= 0;
}

/** What was sent beyond a gap counts too. */
function sentUntil(half: HalfFlow): number {
  if (!half.isKnown) return half.believedNext;
  return seqDistance(half.believedNext, half.sentUntil) > 0 ? half.sentUntil : half.believedNext;
}
