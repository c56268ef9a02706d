import { ipChecksumHolds, tcpChecksumHolds } from '../wire/checksum.ts';
import { PacketView } from '../wire/packet.ts';
import { ACK, FIN, seqDistance } from '../wire/tcp.ts';
import { timestampEcho, timestampValue } from '../wire/tcp-options.ts';
import type { DeliveredEdge } from './delivered-edge.ts';
import { type Direction, type Flow, opposite } from './flow.ts';
import type { HalfFlow } from './half-flow.ts';
import type { HopsKnobs } from './knobs.ts';
import { hasMd5Option, isOlder, isPlausibleAck, lacksAck, timestampAt } from './segment-checks.ts';

/**
 * Keeps up with what the two ends have received, whatever the box believes: they obey a RST only if it has the number that they
 * expect next. A segment counts if a Linux end would take it, as far as that shows from outside; checksums and options are
 * not looked at in what goes to the client, as long as the box knows which end that is.
 */
export class Delivery {
  readonly #hops: HopsKnobs;
  readonly #asEndpointsDo: PacketView;
  readonly #injected: PacketView;

  /** `tunnels`: as the box reads, for it is the same packet that arrives. */
  constructor(hops: HopsKnobs, tunnels: 'open' | 'closed' = 'closed') {
    this.#hops = hops;
    const reading = { tcpHeader: 'strict', extensionHeaders: 'strict', tunnels } as const;
    this.#asEndpointsDo = new PacketView(reading);
    this.#injected = new PacketView(reading);
  }

  /** Takes in a TCP packet that was let through. */
  take(seen: PacketView, flow: Flow, direction: Direction): void {
    const packet = this.read(seen);
    if (!packet.isTcp || packet.isReset) return;
    const half = flow.half(direction);
    if (packet.isFragment) half.noteSent((packet.seq + MOST_OF_DATAGRAM) | 0);
    else if (packet.isSyn) this.#takeSyn(packet, flow, direction);
    else this.#takeSegment(packet, flow, direction);
  }

  /** What the sender of a packet has received shows even if the packet does not arrive. */
  acknowledge(seen: PacketView, flow: Flow, direction: Direction): void {
    const packet = this.read(seen);
    if (!packet.isTcp || packet.isFragment || packet.isSyn || (packet.flags & ACK) === 0) return;
    if (this.#isAcceptable(packet, flow, direction)) {
      otherHalf(flow, direction).acknowledged(packet.ack);
      noteEarlyFins(flow);
    }
  }

  /** Takes in a frame that the box made. */
  takeInjected(frame: Uint8Array, half: HalfFlow): void {
    const packet = this.#injected.decode(frame, 0, frame.length);
    if (packet.isTcp && !packet.isReset) half.forward(packet.seq, packet.sequenceLength);
  }

  /** Whether the receiver's connection is over by this RST; before its SYN is answered, see RFC 9293 §3.10.7.3. */
  endsBy(seen: PacketView, flow: Flow, direction: Direction): boolean {
    const packet = this.read(seen);
    if (!packet.isTcp || !packet.isReset || !this.#arrivesWhole(packet, direction)) return false;
    const half = flow.half(direction);
    if (half.isKnown) return packet.seq === half.next;
    const other = otherHalf(flow, direction);
    const answersSyn = (packet.flags & ACK) !== 0 && acknowledgesSyn(packet.ack, other);
    return answersSyn || other.first === undefined;
  }

  /** The packet as its receiver reads it; the view is reused. */
  read(packet: PacketView): PacketView {
    if (packet.readsAsEndpointsDo) return packet;
    return this.#asEndpointsDo.decode(packet.bytes, packet.frameAt, packet.frameEnd);
  }

  #takeSegment(packet: PacketView, flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    const other = otherHalf(flow, direction);
    const { seq, flags, sequenceLength: length } = packet;
    const acknowledges = (flags & ACK) !== 0 && seqDistance(other.acked, packet.ack) > 0;
    const timestamp = isChecked(half, direction) ? newTimestamp(packet, half) : undefined;
    if (length === 0 && !acknowledges && timestamp === undefined) return;
    if (!this.#isAcceptable(packet, flow, direction)) return;
    if (timestamp !== undefined) half.recentTimestamp = timestamp;
    half.forward(seq, length);
    if ((flags & ACK) !== 0) other.acknowledged(packet.ack);
    if ((flags & FIN) !== 0) noteFin(flow, half, (seq + length) | 0);
    noteEarlyFins(flow);
  }

  /**
   * The first SYN counts, until another one is answered; of the answers to one, the first; and none that comes out of the blue,
   * which a server refuses. A payload on a SYN counts once it is
   * acknowledged or sent again: most servers ignore it (RFC 7413 §4.2).
   */
  #takeSyn(packet: PacketView, flow: Flow, direction: Direction): void {
    if ((packet.flags & FIN) !== 0 || !this.#arrivesWhole(packet, direction)) return;
    const half = flow.half(direction);
    const other = otherHalf(flow, direction);
    const next = (packet.seq + 1) | 0;
    if ((packet.flags & ACK) !== 0) {
      const isNew = flow.pendingSyn !== undefined && packet.ack === ((flow.pendingSyn + 1) | 0);
      const isAnswer = direction === 'to-client' && acknowledgesSyn(packet.ack, other);
      if (isNew || (!half.isKnown && isAnswer)) {
        half.restart(next);
        other.restart(packet.ack);
        agreeOnTimestamps(packet, half, other);
        if (flow.pendingSyn !== undefined) flow.rare.pendingSyn = undefined;
        flow.finsSeen = 0;
      }
    } else if (!half.isKnown) {
      half.restart(next);
      half.noteSent((next + packet.payloadLength) | 0);
    } else if (next !== half.first) flow.rare.pendingSyn = packet.seq;
  }

  #isAcceptable(packet: PacketView, flow: Flow, direction: Direction): boolean {
    const half = flow.half(direction);
    const other = otherHalf(flow, direction);
    if (lacksAck(packet.flags) || !this.#isInReach(packet, direction)) return false;
    if (other.isKnown && !isPlausibleAck(packet, other, other.sentUntil)) return false;
    if (!isChecked(half, direction)) return true;
    if (isOlder(packet, half.recentTimestamp)) return false;
    return this.#arrivesWhole(packet, direction);
  }

  #arrivesWhole(packet: PacketView, direction: Direction): boolean {
    if (!this.#isInReach(packet, direction) || hasMd5Option(packet)) return false;
    return ipChecksumHolds(packet) && tcpChecksumHolds(packet, packet.transportAt);
  }

  #isInReach({ ttl }: PacketView, direction: Direction): boolean {
    return ttl > (direction === 'to-server' ? this.#hops.after : this.#hops.before);
  }
}

/** A FIN beyond a gap arrives when the gap is filled. */
function noteFin(flow: Flow, half: HalfFlow, end: number): void {
  if (seqDistance(half.next, end) > 0) half.noteFin(end);
  else flow.noteFinOf(half);
}

function noteEarlyFins(flow: Flow): void {
  if (flow.toServer.hasEarlyFin) flow.noteFinOf(flow.toServer);
  if (flow.toClient.hasEarlyFin) flow.noteFinOf(flow.toClient);
}

/** Nobody is known to tell lies in a server's name. */
function isChecked({ first }: HalfFlow, direction: Direction): boolean {
  return direction === 'to-server' || first === undefined;
}

/** The timestamp that the receiver takes from a segment that is next (RFC 7323 §4.3), if it is another one. */
function newTimestamp(packet: PacketView, half: HalfFlow): number | undefined {
  const isAgreed = half.recentTimestamp !== undefined || half.first === undefined;
  if (!isAgreed || (half.isKnown && seqDistance(half.next, packet.seq) > 0)) return undefined;
  const optionAt = timestampAt(packet);
  if (optionAt < 0) return undefined;
  const value = timestampValue(packet.bytes, optionAt);
  const isNewer =
    half.recentTimestamp === undefined || seqDistance(half.recentTimestamp, value) > 0;
  return isNewer ? value : undefined;
}

function otherHalf(flow: Flow, direction: Direction): HalfFlow {
  return flow.half(opposite(direction));
}

/** Of a SYN that was not seen, it may. */
function acknowledgesSyn(ack: number, { isKnown, first, sentUntil }: DeliveredEdge): boolean {
  if (!isKnown || first === undefined) return true;
  return seqDistance(first, ack) >= 0 && seqDistance(ack, sentUntil) >= 0;
}

/** Both do, or neither: a SYN/ACK has the option only if the SYN had it, and echoes its value (RFC 7323 §3.2). */
function agreeOnTimestamps(synAck: PacketView, half: HalfFlow, other: HalfFlow): void {
  const optionAt = timestampAt(synAck);
  if (optionAt < 0) return;
  half.recentTimestamp = timestampValue(synAck.bytes, optionAt);
  other.recentTimestamp = timestampEcho(synAck.bytes, optionAt);
}

/** Of a TCP segment in fragments, whose length nobody knows before its end. */
const MOST_OF_DATAGRAM = 65_535;
