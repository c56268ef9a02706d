import { formatAddress, formatEndpoint } from '../base/address.ts';
import type { Millis } from '../base/units.ts';
import type { Ignored } from '../flow/ignored.ts';
import type { Tunnels } from '../policy/model.ts';
import type { Injection, Verdict } from '../policy/verdict.ts';
import { PacketView, PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/packet.ts';
import { ACK, FIN, PSH, RST, SYN, URG } from '../wire/tcp.ts';
import { formatTcpOptions } from '../wire/tcp-options.ts';
import { unreadText } from '../wire/tunnel/unread.ts';
import { RecencyMap } from './recency-map.ts';
import type { InjectionEvent, PacketEvent, TracedSegment, TraceEvent } from './trace-event.ts';

/** What was judged, and what came of it. */
export interface Judged {
  readonly index: number;
  readonly time: Millis;
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
  readonly verdict: Verdict;
  readonly ignored: Ignored | undefined;
  readonly read: readonly string[];
  /** Why the link that it was captured on has no IP. */
  readonly unread?: string | undefined;
}

/** Turns packets and verdicts into events with relative numbers. Keeps the last `MOST_FLOWS` flows apart. */
export class Tracer {
  readonly #packet: PacketView;
  readonly #injected: PacketView;
  /** In the order in which they began. */
  readonly #flows = new RecencyMap<TracedFlow>(MOST_FLOWS);
  #count = 0;
  #startedAt: Millis | undefined = undefined;

  /** `tunnels`: as the box reads whose verdicts are traced. */
  constructor(tunnels: Tunnels = 'open') {
    const reading = { tcpHeader: 'strict', extensionHeaders: 'strict', tunnels } as const;
    this.#packet = new PacketView(reading);
    this.#injected = new PacketView(reading);
  }

  trace(judged: Judged, emit: (event: TraceEvent) => void): void {
    const { bytes, at, end, index, verdict } = judged;
    const packet = this.#packet.decode(bytes, at, end);
    this.#startedAt ??= judged.time;
    const time_s = (judged.time - this.#startedAt) / 1000;
    const flow = packet.isTcp || packet.isUdp ? this.#flowOf(packet, judged.time, emit) : undefined;
    emit(eventOf(judged, packet, flow, { time_s, isToServer: this.#flows.isForward }));
    if (verdict.kind !== 'inject') return;
    for (const injection of verdict.packets) {
      const { delay, notBefore = Number.NEGATIVE_INFINITY } = injection;
      const later_s = Math.max(delay, notBefore - judged.time) / 1000;
      const sent = { index, time_s: time_s + later_s };
      emit(this.#traceInjection(injection, verdict.decision.rule, flow, sent));
    }
  }

  #traceInjection(
    { frame, what }: Injection,
    rule: string,
    judged: TracedFlow | undefined,
    { index, time_s }: { readonly index: number; readonly time_s: number },
  ): InjectionEvent {
    const packet = this.#injected.decode(frame, 0, frame.length);
    // A fragment that completed a datagram has no ports; what it led to has.
    const flow = judged ?? (packet.isTcp || packet.isUdp ? this.#flows.get(packet) : undefined);
    const isToServer = flow === undefined || flow.client === sourceOf(packet);
    return {
      event: 'injection',
      packet: index,
      time_s,
      flow: flow?.number ?? null,
      to: isToServer ? 'server' : 'client',
      tcp: packet.isTcp ? segmentOf(packet, flow, isToServer) : null,
      payload_length: packet.payloadLength,
      ttl: packet.ttl,
      answer: 'answer' in what ? what.answer : null,
      rule,
    };
  }

  #flowOf(packet: PacketView, now: Millis, emit: (event: TraceEvent) => void): TracedFlow {
    const known = this.#flows.get(packet);
    if (known !== undefined && !isOther(known, packet, this.#flows.isForward, now)) {
      known.lastSeen = now;
      known.isOver ||= packet.isTcp && (packet.flags & (RST | FIN)) !== 0;
      return known;
    }
    const [client, server] = [sourceOf(packet), destinationOf(packet)];
    const flow: TracedFlow = {
      number: ++this.#count,
      client,
      toServer: undefined,
      toClient: undefined,
      isOver: false,
      lastSeen: now,
    };
    this.#flows.set(packet, flow);
    const protocol = packet.isTcp ? 'tcp' : 'udp';
    emit({ event: 'flow', flow: flow.number, protocol, client, server });
    return flow;
  }
}

interface TracedFlow {
  readonly number: number;
  readonly client: string;
  /** The sequence numbers that count as 0. */
  toServer: number | undefined;
  toClient: number | undefined;
  /** A RST or a FIN was seen. */
  isOver: boolean;
  lastSeen: Millis;
}

/** A SYN of the client's with another number, while nothing has ended the flow, is of the same one: a decoy, say. */
function isOther(
  known: TracedFlow,
  packet: PacketView,
  isFromClient: boolean,
  now: Millis,
): boolean {
  if (!packet.isTcp || !packet.isOpeningSyn || !isFromClient) return false;
  const mayBeUsedAgain = known.isOver || now - known.lastSeen >= PORT_REST;
  return mayBeUsedAgain && known.toClient !== undefined && known.toServer !== packet.seq;
}

function eventOf(
  { index, verdict, ignored, read, unread }: Judged,
  packet: PacketView,
  flow: TracedFlow | undefined,
  { time_s, isToServer }: { readonly time_s: number; readonly isToServer: boolean },
): PacketEvent {
  if (packet.isTcp && flow !== undefined) learnNumbers(packet, flow, isToServer);
  return {
    event: 'packet',
    packet: index,
    time_s,
    flow: flow?.number ?? null,
    way: flow === undefined ? null : isToServer ? 'to-server' : 'to-client',
    kind: unread ?? kindOf(packet),
    tcp: packet.isTcp ? segmentOf(packet, flow, isToServer) : null,
    payload_length: packet.isTcp || packet.isUdp ? packet.payloadLength : 0,
    verdict: fateOf(verdict),
    ignored: ignored ?? null,
    read: [...read],
    decision: verdict.kind === 'inject' ? verdict.decision : null,
  };
}

function fateOf(verdict: Verdict): PacketEvent['verdict'] {
  if (verdict.kind !== 'inject') return verdict.kind;
  return verdict.original === 'accept' && verdict.until !== undefined ? 'hold' : verdict.original;
}

/** What an end really sends tells where its numbers begin. */
function learnNumbers(packet: PacketView, flow: TracedFlow, isToServer: boolean): void {
  const hasAck = (packet.flags & ACK) !== 0;
  if (isToServer) flow.toServer ??= baseOf(packet);
  else flow.toClient ??= baseOf(packet);
  if (hasAck && isToServer) flow.toClient ??= (packet.ack - 1) | 0;
  if (hasAck && !isToServer) flow.toServer ??= (packet.ack - 1) | 0;
}

function segmentOf(
  packet: PacketView,
  flow: TracedFlow | undefined,
  isToServer: boolean,
): TracedSegment {
  const hasAck = (packet.flags & ACK) !== 0;
  let seq = packet.seq >>> 0;
  let ack = packet.ack >>> 0;
  if (flow !== undefined) {
    const [own, other] = isToServer
      ? [flow.toServer, flow.toClient]
      : [flow.toClient, flow.toServer];
    seq = own === undefined ? seq : (packet.seq - own) | 0;
    ack = other === undefined ? ack : (packet.ack - other) | 0;
  }
  return {
    flags: flagsText(packet.flags),
    seq,
    ack: hasAck ? ack : null,
    window: packet.window,
    options: formatTcpOptions(packet.bytes, packet.transportAt + 20, packet.tcpOptionsEnd),
  };
}

/** A SYN is 0; in a flow that began earlier, so is the byte before the first that was seen. */
function baseOf(packet: PacketView): number {
  return packet.isSyn ? packet.seq : (packet.seq - 1) | 0;
}

function kindOf(packet: PacketView): string | null {
  if (packet.malformed !== undefined) {
    return `malformed ${packet.malformed.layer} ${packet.malformed.reason}`;
  }
  if (packet.ipVersion === 0) return unreadText(packet.unread, packet.unreadNumber);
  const fragment = packet.isFragment ? `fragment at ${packet.fragmentOffset}` : null;
  if (packet.isTcp || packet.isUdp) return fragment;
  const name =
    packet.unread === undefined
      ? (PROTOCOLS[packet.protocol] ?? `protocol ${packet.protocol}`)
      : unreadText(packet.unread, packet.unreadNumber);
  return fragment === null ? name : `${name} ${fragment}`;
}

function flagsText(flags: number): string {
  const letters = LETTERS.filter(([flag]) => (flags & flag) !== 0).map(([, letter]) => letter);
  return letters.join('') || 'none';
}

function sourceOf(packet: PacketView): string {
  const version = packet.ipVersion === 4 ? 4 : 6;
  return formatEndpoint(formatAddress(packet.bytes, packet.srcAt, version), packet.srcPort);
}

function destinationOf(packet: PacketView): string {
  const version = packet.ipVersion === 4 ? 4 : 6;
  return formatEndpoint(formatAddress(packet.bytes, packet.dstAt, version), packet.dstPort);
}

const MOST_FLOWS = 65_536;
/** A port is not used again sooner after silence: Linux's TIME_WAIT. */
const PORT_REST: Millis = 60_000;
const PROTOCOLS: Readonly<Record<number, string>> = {
  [PROTOCOL_ICMP]: 'ICMP',
  [PROTOCOL_ICMPV6]: 'ICMPv6',
  6: 'TCP',
  17: 'UDP',
};
const LETTERS: readonly (readonly [flag: number, letter: string])[] = [
  [FIN, 'F'],
  [SYN, 'S'],
  [RST, 'R'],
  [PSH, 'P'],
  [URG, 'U'],
  [ACK, '.'],
];
