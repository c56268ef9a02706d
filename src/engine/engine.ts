import { formatAddress, formatEndpoint } from '../base/address.ts';
import { printable } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import type { Direction, Flow } from '../flow/flow.ts';
import { FlowTable } from '../flow/flow-table.ts';
import { resets } from '../policy/act/reset.ts';
import type { Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { ACCEPT, type Decision, DROP, type Injection, type Verdict } from '../policy/verdict.ts';
import { PacketView } from '../wire/packet.ts';
import { FIN, seqDistance } from '../wire/tcp.ts';
import { type Hit, Inspector } from './inspector.ts';

export interface EngineOptions {
  readonly policy: Policy;
  /** Flows kept at most; beyond it the one idle longest is forgotten. */
  readonly capacity?: number;
  readonly idleTimeout?: Millis;
}

/** What the engine has seen; counters only ever grow. */
export interface EngineCounters {
  packets: number;
  malformed: number;
  dropped: number;
  decisions: number;
}

/** A censor: packets in, verdicts out. It does no I/O and reads no clock; allowed packets allocate nothing. */
export class Engine {
  readonly counters: EngineCounters = { packets: 0, malformed: 0, dropped: 0, decisions: 0 };
  readonly #flows: FlowTable;
  readonly #inspector: Inspector;
  readonly #packet = new PacketView();

  constructor({ policy, capacity = 65_536, idleTimeout = 300_000 }: EngineOptions) {
    this.#flows = new FlowTable({ capacity, idleTimeout });
    this.#inspector = new Inspector(policy);
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  /** The verdict on the Ethernet frame in `bytes[at, end)`, seen at `now`. Total: malformed packets pass. */
  decide(bytes: Uint8Array, at: number, end: number, now: Millis): Verdict {
    this.counters.packets++;
    const packet = this.#packet.decode(bytes, at, end);
    if (packet.malformed !== undefined) this.counters.malformed++;
    if (!packet.isTcp) return ACCEPT;
    const flow = this.#flowOf(packet, now);
    if (flow === undefined) return ACCEPT;
    if (flow.isBlocked) {
      this.counters.dropped++;
      return DROP;
    }
    const { direction } = this.#flows;
    if (this.#isExamined(packet, flow, direction)) {
      if (this.#inspector.inspect(packet, flow, direction === 'to-server')) {
        return this.#block(packet, flow, direction, now);
      }
    }
    this.#follow(packet, flow, direction);
    return ACCEPT;
  }

  /** A SYN starts a flow anew whatever was known; a payload starts one whose beginning was missed. */
  #flowOf(packet: PacketView, now: Millis): Flow | undefined {
    const known = this.#flows.find(packet, now);
    if (packet.isOpeningSyn) return this.#start(packet, known, now);
    if (known !== undefined || packet.payloadLength === 0) return known;
    return this.#flows.open(packet, now);
  }

  #start(packet: PacketView, known: Flow | undefined, now: Millis): Flow {
    const isRetransmitted =
      known?.startWasSeen === true &&
      !known.isBlocked &&
      this.#flows.direction === 'to-server' &&
      known.initialSeq === packet.seq;
    if (known !== undefined && isRetransmitted) return known;
    if (known !== undefined) this.#flows.remove(known);
    const flow = this.#flows.open(packet, now);
    flow.startWasSeen = true;
    flow.initialSeq = packet.seq;
    return flow;
  }

  #isExamined(packet: PacketView, flow: Flow, direction: Direction): boolean {
    if (packet.payloadLength === 0 || packet.isSyn) return false;
    return direction === 'to-server' || !flow.startWasSeen;
  }

  /** Keeps up with an accepted packet: what has been delivered, and whether the flow has ended. */
  #follow(packet: PacketView, flow: Flow, direction: Direction): void {
    const edge = direction === 'to-server' ? flow.toServer : flow.toClient;
    if (packet.isReset) {
      this.#flows.remove(flow);
      return;
    }
    // A payload on a SYN counts once it is acknowledged or sent again: most servers ignore it (RFC 7413 §4.2).
    edge.forward(packet.seq, packet.isSyn ? 1 : packet.sequenceLength);
    if (direction === 'to-client' && packet.isSyn) takeSynPayload(flow, packet.ack);
    if ((packet.flags & FIN) === 0) return;
    flow.finsSeen |= direction === 'to-server' ? 1 : 2;
    if (flow.finsSeen === 3) this.#flows.remove(flow);
  }

  #block(packet: PacketView, flow: Flow, direction: Direction, now: Millis): Verdict {
    const { hit } = this.#inspector;
    const rule = hit.rule as Rule;
    const delivered =
      direction === 'to-server'
        ? { toSender: flow.toClient, toReceiver: flow.toServer }
        : { toSender: flow.toServer, toReceiver: flow.toClient };
    const packets = resets(rule.action, packet, delivered, 'client');
    flow.isBlocked = true;
    flow.streamToServer?.close();
    flow.streamToClient?.close();
    this.counters.decisions++;
    this.counters.dropped++;
    const decision = explain({ packet, flow, hit, rule, packets, now });
    return { kind: 'inject', original: 'drop', packets, decision };
  }
}

/** What a SYN/ACK acknowledges beyond the SYN is a payload that came with it (RFC 7413). */
function takeSynPayload({ toServer }: Flow, ack: number): void {
  const taken = seqDistance(toServer.next, ack);
  if (toServer.isKnown && taken > 0) toServer.forward(toServer.next, taken);
}

interface Blocking {
  readonly packet: PacketView;
  readonly flow: Flow;
  readonly hit: Hit;
  readonly rule: Rule;
  readonly packets: readonly Injection[];
  readonly now: Millis;
}

/** Whoever sent the request or ClientHello is the client, also where the flow's start was not seen. */
function explain({ packet, flow, hit, rule, packets, now }: Blocking): Decision {
  const text = printable(hit.bytes, hit.at, hit.end);
  const ends = endpointsOf(packet);
  return {
    at: now,
    rule: rule.name,
    action: rule.action.do,
    why: `${hit.kind}=${text}`,
    matched: {
      kind: hit.kind,
      text,
      offset: hit.offset,
      length: hit.end - hit.at,
      within: hit.within,
    },
    flow: {
      client: ends.src,
      server: ends.dst,
      direction: 'to-server',
      startWasSeen: flow.startWasSeen,
    },
    trigger: {
      seq: packet.seq >>> 0,
      ack: packet.ack >>> 0,
      payloadLength: packet.payloadLength,
    },
    injected: packets.map(({ way, flags, seq }) => ({
      to: way === 'back' ? 'client' : 'server',
      flags,
      seq,
    })),
  };
}

function endpointsOf(packet: PacketView): { src: string; dst: string } {
  const version = packet.ipVersion === 4 ? 4 : 6;
  return {
    src: formatEndpoint(formatAddress(packet.bytes, packet.srcAt, version), packet.srcPort),
    dst: formatEndpoint(formatAddress(packet.bytes, packet.dstAt, version), packet.dstPort),
  };
}
