import { formatAddress, formatEndpoint } from '../base/address.ts';
import type { Millis } from '../base/units.ts';
import type { Ignored } from '../flow/ignored.ts';
import type { Injection, Verdict } from '../policy/verdict.ts';
import { PacketView, PROTOCOL_ICMP, PROTOCOL_ICMPV6 } from '../wire/packet.ts';
import { ACK, FIN, PSH, RST, SYN, URG } from '../wire/tcp.ts';
import { formatTcpOptions } from '../wire/tcp-options.ts';
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
}

/** Turns packets and verdicts into events with relative numbers. Keeps the last `MOST_FLOWS` flows apart. */
export class Tracer {
  readonly #packet = new PacketView();
  readonly #injected = new PacketView();
  readonly #flows = new Map<string, TracedFlow>();
  #count = 0;
  #startedAt: Millis | undefined = undefined;

  trace(judged: Judged, emit: (event: TraceEvent) => void): void {
    const { bytes, at, end, index, verdict } = judged;
    const packet = this.#packet.decode(bytes, at, end);
    this.#startedAt ??= judged.time;
    const time_s = (judged.time - this.#startedAt) / 1000;
    const flow = packet.isTcp || packet.isUdp ? this.#flowOf(packet, emit) : undefined;
    emit(eventOf(judged, packet, flow, time_s));
    if (verdict.kind !== 'inject') return;
    for (const injection of verdict.packets) {
      emit(this.#traceInjection(injection, verdict.decision.rule, flow, { index, time_s }));
    }
  }

  #traceInjection(
    { frame, delay, what }: Injection,
    rule: string,
    flow: TracedFlow | undefined,
    { index, time_s }: { readonly index: number; readonly time_s: number },
  ): InjectionEvent {
    const packet = this.#injected.decode(frame, 0, frame.length);
    const isToServer = flow === undefined || flow.client === sourceOf(packet);
    return {
      event: 'injection',
      packet: index,
      time_s: time_s + delay / 1000,
      flow: flow?.number ?? null,
      to: isToServer ? 'server' : 'client',
      tcp: packet.isTcp ? segmentOf(packet, flow, isToServer) : null,
      payload_length: packet.payloadLength,
      ttl: packet.ttl,
      answer: 'answer' in what ? what.answer : null,
      rule,
    };
  }

  #flowOf(packet: PacketView, emit: (event: TraceEvent) => void): TracedFlow {
    const [src, dst] = [sourceOf(packet), destinationOf(packet)];
    const protocol = packet.isTcp ? 'tcp' : 'udp';
    const key = src < dst ? `${protocol} ${src} ${dst}` : `${protocol} ${dst} ${src}`;
    const known = this.#flows.get(key);
    const isNewSyn = packet.isTcp && packet.isOpeningSyn && isOther(known, packet, src);
    if (known !== undefined && !isNewSyn) return known;
    if (this.#flows.size >= MOST_FLOWS) this.#forgetOldest();
    const flow: TracedFlow = {
      number: ++this.#count,
      client: src,
      toServer: undefined,
      toClient: undefined,
    };
    this.#flows.delete(key);
    this.#flows.set(key, flow);
    emit({ event: 'flow', flow: flow.number, protocol, client: src, server: dst });
    return flow;
  }

  #forgetOldest(): void {
    for (const key of this.#flows.keys()) {
      this.#flows.delete(key);
      return;
    }
  }
}

interface TracedFlow {
  readonly number: number;
  readonly client: string;
  /** The sequence numbers that count as 0. */
  toServer: number | undefined;
  toClient: number | undefined;
}

/** A SYN of the client's with another number, before anything else was said, is of the same flow: a decoy, say. */
function isOther(known: TracedFlow | undefined, packet: PacketView, src: string): boolean {
  if (known === undefined) return true;
  if (known.client !== src) return false;
  return known.toClient !== undefined && known.toServer !== packet.seq;
}

function eventOf(
  { index, verdict, ignored, read }: Judged,
  packet: PacketView,
  flow: TracedFlow | undefined,
  time_s: number,
): PacketEvent {
  const isToServer = flow?.client === sourceOf(packet);
  return {
    event: 'packet',
    packet: index,
    time_s,
    flow: flow?.number ?? null,
    way: flow === undefined ? null : isToServer ? 'to-server' : 'to-client',
    kind: kindOf(packet),
    tcp: packet.isTcp ? segmentOf(packet, flow, isToServer) : null,
    payload_length: packet.isTcp || packet.isUdp ? packet.payloadLength : 0,
    verdict: verdict.kind === 'inject' ? verdict.original : verdict.kind,
    ignored: ignored ?? null,
    read: [...read],
    decision: verdict.kind === 'inject' ? verdict.decision : null,
  };
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
    if (isToServer) flow.toServer ??= baseOf(packet);
    else flow.toClient ??= baseOf(packet);
    if (hasAck && isToServer) flow.toClient ??= (packet.ack - 1) | 0;
    if (hasAck && !isToServer) flow.toServer ??= (packet.ack - 1) | 0;
    const [own, other] = isToServer
      ? [flow.toServer, flow.toClient]
      : [flow.toClient, flow.toServer];
    seq = (packet.seq - (own ?? 0)) | 0;
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
  if (packet.ipVersion === 0) return 'not IP';
  const fragment = packet.isFragment ? `fragment at ${packet.fragmentOffset}` : null;
  if (packet.isTcp || packet.isUdp) return fragment;
  const name = PROTOCOLS[packet.protocol] ?? `protocol ${packet.protocol}`;
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
