import type { Millis } from '../base/units.ts';
import type { PacketView } from '../wire/packet.ts';
import { ACK, FIN, RST, SYN, seqDistance } from '../wire/tcp.ts';
import type { Direction, Flow } from './flow.ts';
import type { FlowTable } from './flow-table.ts';
import { WINDOW } from './half-flow.ts';
import type { ResyncEvent, TcbKnobs, TeardownEvent } from './knobs.ts';
import { isOdd } from './segment-checks.ts';

/**
 * What a box takes for a TCP session, when it begins and ends, and who is the client. A flow is in the table whether or not the
 * box follows it: what has been delivered is needed for the numbers of RSTs.
 */
export class SessionTracker {
  readonly #knobs: TcbKnobs;
  readonly #flows: FlowTable;
  /** The flows whose payload on a SYN was kept last, and these payloads. */
  readonly #kept: { flow: Flow; payload: Uint8Array }[] = [];
  #keptCount = 0;

  constructor(knobs: TcbKnobs, flows: FlowTable) {
    this.#knobs = knobs;
    this.#flows = flows;
  }

  /** A flow for a packet that belongs to none, if it begins one. */
  begin(packet: PacketView, now: Millis): Flow | undefined {
    const { create, roles } = this.#knobs;
    const isSynAck = (packet.flags & (SYN | ACK)) === (SYN | ACK);
    const opensBySynAck = isSynAck && (create === 'synack' || roles === 'synack-sender-is-server');
    if (!packet.isOpeningSyn && !opensBySynAck && packet.payloadLength === 0) return undefined;
    const flow = this.#flows.open(packet, now);
    if (flow === undefined) return undefined;
    if (packet.isOpeningSyn) this.#startAt(flow, packet);
    else if (isSynAck) this.#takeSynAck(packet, flow, 'to-server');
    else this.#flows.establish(flow);
    flow.isFollowed = this.#follows(packet) || opensBySynAck;
    return flow;
  }

  /** A SYN begins a known flow anew; what the box thought of it is forgotten, whoever was its client. */
  beginAnew(syn: PacketView, flow: Flow, direction: Direction): void {
    flow.forget();
    flow.forgetHeld();
    if (direction === 'to-client') this.#flows.reverse(flow);
    this.#startAt(flow, syn);
    flow.isFollowed = this.#follows(syn);
  }

  /** Whether the box takes a packet of the client's for the beginning of another session. */
  isReplacedBy(packet: PacketView, flow: Flow): boolean {
    if (!packet.isOpeningSyn || packet.seq === flow.initialSeq) return false;
    return this.#knobs.onSecondSyn === 'replace' || !flow.isFollowed;
  }

  /** Takes in a packet of a known flow that is believed, before its payload is read. */
  take(packet: PacketView, flow: Flow, direction: Direction): void {
    const { flags } = packet;
    if ((flags & SYN) !== 0) this.#takeSyn(packet, flow, direction);
    else if (packet.payloadLength > 0 || direction === 'to-client') this.#flows.establish(flow);
    const isKnown = direction === 'to-client' && flow.toClient.isBelieved; // what the server took of the SYN's payload
    if (isKnown && flow.synPayload !== undefined) flow.rare.synPayload = undefined;
    if (!flow.isFollowed && this.#follows(packet)) flow.isFollowed = true;
    const isPureAck = (flags & (SYN | RST | FIN)) === 0 && packet.payloadLength === 0;
    if (isPureAck) this.#resyncOn('ack', flow);
  }

  /** Where nothing of the server is seen: a client that sends its first byte again was not acknowledged. */
  takeRepeat({ isSyn, seq, payloadLength }: PacketView, flow: Flow): void {
    if (flow.synPayload === undefined || flow.toClient.isBelieved || isSyn) return;
    const isFirst = seq === (((flow.initialSeq as number) + 1) | 0);
    if (isFirst && payloadLength > 0) this.#takeRefusal(seq, flow);
  }

  /** Whether a RST or FIN ends the session for the box. `resync` and `ignore` leave it. */
  endsBy(packet: PacketView, flow: Flow, direction: Direction): boolean {
    const { teardown } = this.#knobs;
    if ((packet.flags & RST) !== 0) this.#resyncOn('rst', flow);
    if (!teardown.on.some((event) => isEvent(packet.flags, event))) return false;
    if (!this.#matches(packet, flow, direction)) return false;
    if (teardown.does === 'resync') resync(flow);
    return teardown.does === 'forget';
  }

  /** A RST of no known flow may still end others, for a box that does not look at ports. */
  endsOthersBy(packet: PacketView): boolean {
    const { on, match, does } = this.#knobs.teardown;
    if (match !== 'ports-ignored' || does !== 'forget') return false;
    return on.some((event) => isEvent(packet.flags, event));
  }

  #follows(packet: PacketView): boolean {
    switch (this.#knobs.create) {
      case 'none':
      case 'any':
        return true;
      case 'syn':
        return packet.isOpeningSyn;
      case 'synack':
        return (packet.flags & (SYN | ACK)) === (SYN | ACK);
    }
  }

  #startAt(flow: Flow, packet: PacketView): void {
    flow.initialSeq = packet.seq;
    flow.toServer.rebase((packet.seq + 1) | 0);
    const isKept = this.#knobs.synPayload === 'until-refused' && packet.payloadLength > 0;
    if (!isKept && flow.synPayload === undefined) return;
    flow.rare.takenOnSyn = undefined;
    flow.rare.synPayload = isKept ? this.#keep(beginningOf(packet), flow) : undefined;
  }

  /** A flood of such SYNs makes the box believe the oldest of them. */
  #keep(payload: Uint8Array, flow: Flow): Uint8Array {
    const i = this.#keptCount++ % MOST_PAYLOADS;
    const oldest = this.#kept[i];
    if (oldest !== undefined && oldest.flow.synPayload === oldest.payload) {
      oldest.flow.rare.synPayload = undefined;
    }
    this.#kept[i] = { flow, payload };
    return payload;
  }

  #takeSyn(packet: PacketView, flow: Flow, direction: Direction): void {
    if ((packet.flags & ACK) !== 0) this.#takeSynAck(packet, flow, direction);
    else if (direction === 'to-server') this.#takeSecondSyn(packet, flow);
  }

  #takeSecondSyn(packet: PacketView, flow: Flow): void {
    if (packet.seq === flow.initialSeq) return;
    this.#resyncOn('syn', flow);
    if (this.isReplacedBy(packet, flow)) {
      const { isFollowed } = flow;
      flow.forget();
      flow.forgetHeld();
      flow.isFollowed = isFollowed;
      this.#startAt(flow, packet);
      return;
    }
    if (this.#knobs.onSecondSyn === 'multi')
      flow.rare.otherSeqs = withSeq(flow.otherSeqs, packet.seq);
    else flow.rare.unansweredSeqs = withSeq(flow.unansweredSeqs, packet.seq);
  }

  /** A SYN that was not believed is, once the server answers it. */
  #takeSynAck(packet: PacketView, flow: Flow, direction: Direction): void {
    const half = flow.half(direction);
    const next = (packet.seq + 1) | 0;
    if (!half.isBelieved || half.believedNext !== next) this.#resyncOn('synack', flow);
    if (direction === 'to-client') {
      this.#flows.establish(flow);
      if (this.#refusesSynPayload(packet, flow)) this.#takeRefusal(packet.ack, flow);
      takeAnswer((packet.ack - 1) | 0, flow);
    }
    if (!half.isBelieved) half.rebase(next);
    const begins = this.#knobs.create === 'synack' && !flow.isFollowed && direction === 'to-client';
    if (begins) flow.toServer.rebase(packet.ack);
    this.#learnRoles(flow, direction);
  }

  /** From the first SYN/ACK, which goes this way. Without the SYN there is nothing else to tell roles by. */
  #learnRoles(flow: Flow, direction: Direction): void {
    const { roles, create } = this.#knobs;
    if (flow.hasRoles || (roles === 'syn-sender-is-client' && create !== 'synack')) return;
    flow.hasRoles = true;
    flow.isSwapped = direction === 'to-server';
  }

  /** A server may take the beginning of a payload on a SYN alone (RFC 7413 §4.2.2). */
  #refusesSynPayload({ ack }: PacketView, flow: Flow): boolean {
    const { initialSeq, synPayload, toServer } = flow;
    if (flow.toClient.isBelieved || initialSeq === undefined) return false;
    if (synPayload === undefined || toServer.payloads === 0) return false;
    const taken = seqDistance((initialSeq + 1) | 0, ack);
    return taken >= 0 && taken < synPayload.length;
  }

  /** `next` is the number of the first byte that the server did not take. */
  #takeRefusal(next: number, flow: Flow): void {
    const taken = seqDistance(((flow.initialSeq as number) + 1) | 0, next);
    flow.toServer.forget();
    flow.toServer.rebase(next);
    flow.rare.takenOnSyn = taken > 0 ? flow.synPayload?.slice(0, taken) : undefined;
    flow.rare.synPayload = undefined;
  }

  #matches(packet: PacketView, flow: Flow, direction: Direction): boolean {
    const half = flow.half(direction);
    const ahead = seqDistance(half.believedNext, packet.seq);
    switch (this.#knobs.teardown.match) {
      case '4tuple+seq-exact':
        return half.isBelieved ? ahead === 0 : answersSyn(packet, flow, direction);
      case '4tuple+seq-window':
        return half.isBelieved ? Math.abs(ahead) < WINDOW : answersSyn(packet, flow, direction);
      default:
        return true;
    }
  }

  #resyncOn(event: ResyncEvent, flow: Flow): void {
    if (this.#knobs.resyncOn.includes(event)) resync(flow);
  }
}

/**
 * The server answers a SYN that was ignored. While a connection lives, its server never does (RFC 5961 §4). So after payloads,
 * another connection of the same ports has begun.
 */
function takeAnswer(seq: number, flow: Flow): void {
  const { unansweredSeqs = [] } = flow;
  if (!unansweredSeqs.includes(seq)) return;
  if (flow.toServer.payloads + flow.toClient.payloads > 0) {
    flow.forget();
    flow.isFollowed = true;
  } else flow.rare.unansweredSeqs = unansweredSeqs.filter((other) => other !== seq);
  flow.initialSeq = seq;
  flow.toServer.rebase((seq + 1) | 0);
}

/** A client that has sent a SYN and heard nothing obeys a RST that acknowledges it, and no other (RFC 9293 §3.10.7.3). */
function answersSyn({ flags, ack }: PacketView, flow: Flow, direction: Direction): boolean {
  if (direction === 'to-server' || !flow.startWasSeen) return true;
  return (flags & ACK) !== 0 && ack === flow.toServer.believedNext;
}

function beginningOf({ bytes, payloadAt, payloadEnd }: PacketView): Uint8Array {
  return bytes.slice(payloadAt, Math.min(payloadEnd, payloadAt + MOST_KEPT));
}

function withSeq(seqs: readonly number[] = [], seq: number): readonly number[] {
  return seqs.length < MOST_SYNS ? [...seqs, seq] : seqs;
}

function resync(flow: Flow): void {
  flow.toServer.isResyncing = true;
  flow.toClient.isResyncing = true;
}

function isEvent(flags: number, event: TeardownEvent): boolean {
  switch (event) {
    case 'rst':
      return (flags & (RST | ACK)) === RST && !isOdd(flags);
    case 'rstack':
      return (flags & (RST | ACK)) === (RST | ACK) && !isOdd(flags);
    case 'fin':
      return (flags & FIN) !== 0;
    case 'oddflags':
      return isOdd(flags) && (flags & (RST | FIN)) !== 0;
  }
}

const MOST_SYNS = 4;
/** Payloads of SYNs that are kept, over all flows: 12 MB. A surrogate. */
const MOST_PAYLOADS = 8192;
/** Bytes of a payload on a SYN: as much as Ethernet carries. */
const MOST_KEPT = 1500;
