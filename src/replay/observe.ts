import { formatAddress } from '../base/address.ts';
import { printable } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import type { Truncation } from '../dataplane/capture/capture-source.ts';
import { FrameView } from '../dataplane/capture/link-layer.ts';
import { Engine } from '../engine/engine.ts';
import type { Direction } from '../flow/flow.ts';
import type { Model } from '../policy/model.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import { PRESETS } from '../policy/presets.ts';
import { PacketView } from '../wire/packet.ts';
import type { Protocol } from '../wire/protocol.ts';
import { alpnOf } from '../wire/tls/alpn.ts';
import { ja3, ja3s, ja4 } from '../wire/tls/fingerprint.ts';

/** What a box that sees everything could read of a flow; null where there is nothing of the kind. */
export interface ObservedFlow {
  readonly transport: 'tcp' | 'udp';
  /** Who sent the SYN or, where that was not seen, who sent first. */
  readonly src: string;
  readonly src_port: number;
  readonly dst: string;
  readonly dst_port: number;
  /** ISO 8601, UTC, to the microsecond. */
  readonly first: string;
  last: string;
  /** By the first payload of either side. */
  protocol: Protocol | null;
  /** Of the first request. */
  host: string | null;
  sni: string | null;
  alpn: readonly string[] | null;
  /** Of the first question. */
  qname: string | null;
  /** The version negotiated, and the rest as numbers in hexadecimal. */
  server_version: string | null;
  server_cipher: string | null;
  server_key_share_group: string | null;
  certificate_subject: string | null;
  ja3: string | null;
  ja3s: string | null;
  ja4: string | null;
  quic_sni: string | null;
}

export interface ObserveResult {
  readonly flows: number;
  readonly packets: number;
  readonly cut: number;
  readonly truncation: Truncation | undefined;
}

/**
 * Every flow of a capture, each told when it is over: after its FINs or a RST when its ports are used again, after being idle
 * for `IDLE`, when more than `MOST_FLOWS` are open, or at the end of the file. The port plays no part in what is read.
 */
export function observe(file: string, emit: (flow: ObservedFlow) => void): ObserveResult {
  const reader = new CaptureReader(file);
  try {
    return new FlowObserver(reader, emit).run();
  } finally {
    reader.close();
  }
}

interface Watched {
  readonly flow: ObservedFlow;
  readonly initialSeq: number;
  hasEnded: boolean;
  lastSeen: Millis;
}

class FlowObserver {
  readonly #reader: CaptureReader;
  readonly #emit: (flow: ObservedFlow) => void;
  readonly #frame: FrameView;
  readonly #packet = new PacketView();
  readonly #engine: Engine;
  /** By five-tuple, the one idle longest first. */
  readonly #watched = new Map<string, Watched>();
  #current: ObservedFlow | undefined = undefined;
  #count = 0;
  #packets = 0;
  #cut = 0;

  constructor(reader: CaptureReader, emit: (flow: ObservedFlow) => void) {
    this.#reader = reader;
    this.#emit = emit;
    this.#frame = new FrameView(reader.file);
    const observer = { asksAbout: asks, observe: (seen: Observation) => this.#note(seen) };
    this.#engine = new Engine({ policy: { model: ALL_SEEING, rules: [] }, observer });
  }

  run(): ObserveResult {
    const { packet } = this.#reader;
    let now: Millis = 0;
    while (this.#reader.next()) {
      if (packet.isCopy) continue;
      if (packet.timeMs > now) now = packet.timeMs;
      this.#packets++;
      if (packet.originalLength > packet.end - packet.at) this.#cut++;
      this.#watch(packet.timeMs, now);
    }
    for (const { flow } of this.#watched.values()) this.#emit(flow);
    const { truncation } = this.#reader;
    return { flows: this.#count, packets: this.#packets, cut: this.#cut, truncation };
  }

  #watch(time: Millis, now: Millis): void {
    const { bytes, at, end } = this.#frame.decode(this.#reader.packet);
    const packet = this.#packet.decode(bytes, at, end);
    this.#current = packet.isTcp || packet.isUdp ? this.#flowOf(packet, time, now) : undefined;
    this.#engine.decide(bytes, at, end, now);
  }

  #flowOf(packet: PacketView, time: Millis, now: Millis): ObservedFlow {
    const key = keyOf(packet);
    const known = this.#watched.get(key);
    if (known !== undefined && !isOver(known, packet, now)) {
      known.flow.last = timeText(time);
      known.lastSeen = now;
      known.hasEnded ||= packet.isTcp && packet.isReset;
      this.#watched.delete(key);
      this.#watched.set(key, known);
      return known.flow;
    }
    if (known !== undefined) this.#end(key, known);
    this.#endIdle(now);
    const flow = blank(packet, time);
    const initialSeq = packet.isTcp && packet.isOpeningSyn ? packet.seq : 0;
    this.#watched.set(key, { flow, initialSeq, hasEnded: false, lastSeen: now });
    this.#count++;
    return flow;
  }

  #endIdle(now: Millis): void {
    for (const [key, watched] of this.#watched) {
      if (this.#watched.size < MOST_FLOWS && now - watched.lastSeen <= IDLE) return;
      this.#end(key, watched);
    }
  }

  #end(key: string, { flow }: Watched): void {
    this.#watched.delete(key);
    this.#emit(flow);
  }

  #note(seen: Observation): void {
    const flow = this.#current;
    if (flow !== undefined) NOTES[seen.kind]?.(flow, seen);
  }
}

type Note = (flow: ObservedFlow, seen: Observation) => void;

const NOTES: Partial<Record<ObservationKind, Note>> = {
  protocol: (flow, seen) => {
    if (flow.protocol === null || flow.protocol === 'unknown') flow.protocol = seen.protocol;
  },
  'http.host': (flow, seen) => {
    flow.host ??= textOf(seen);
  },
  'tls.sni': (flow, seen) => {
    flow.sni ??= textOf(seen);
  },
  'quic.sni': (flow, seen) => {
    flow.quic_sni ??= textOf(seen);
  },
  'dns.qname': (flow, seen) => {
    flow.qname ??= textOf(seen);
  },
  'tls.client-hello': (flow, { hello, isQuic }) => {
    if (flow.ja3 !== null) return;
    flow.alpn = alpnOf(hello.bytes, hello.alpnAt, hello.alpnEnd);
    flow.ja3 = ja3(hello);
    flow.ja4 = ja4(hello, isQuic ? 'q' : 't');
  },
  'tls.server-flight': (flow, { serverHello, certificate }) => {
    flow.server_version ??= hexText(serverHello.version);
    flow.server_cipher ??= hexText(serverHello.cipherSuite);
    flow.server_key_share_group ??= hexText(serverHello.keyShareGroup);
    flow.ja3s ??= ja3s(serverHello);
    const { bytes, subjectCnAt, subjectCnEnd } = certificate;
    if (subjectCnAt >= 0) flow.certificate_subject ??= printable(bytes, subjectCnAt, subjectCnEnd);
  },
};

function asks(kind: ObservationKind, direction: Direction): boolean {
  if (kind === 'tls.server-flight') return direction === 'to-client';
  return kind === 'protocol' || (direction === 'to-server' && kind in NOTES);
}

function textOf({ bytes, at, end }: Observation): string {
  return printable(bytes, at, end);
}

function hexText(value: number): string | null {
  return value < 0 ? null : `0x${value.toString(16).padStart(4, '0')}`;
}

function blank(packet: PacketView, time: Millis): ObservedFlow {
  const version = packet.ipVersion === 4 ? 4 : 6;
  const isAnswer = packet.isTcp && packet.isSyn && !packet.isOpeningSyn;
  const source = [formatAddress(packet.bytes, packet.srcAt, version), packet.srcPort] as const;
  const target = [formatAddress(packet.bytes, packet.dstAt, version), packet.dstPort] as const;
  const [[src, src_port], [dst, dst_port]] = isAnswer ? [target, source] : [source, target];
  const at = timeText(time);
  return {
    transport: packet.isTcp ? 'tcp' : 'udp',
    ...{ src, src_port, dst, dst_port, first: at, last: at },
    protocol: null,
    ...{ host: null, sni: null, alpn: null, qname: null },
    ...{ server_version: null, server_cipher: null, server_key_share_group: null },
    ...{ certificate_subject: null, ja3: null, ja3s: null, ja4: null, quic_sni: null },
  };
}

function isOver(known: Watched, packet: PacketView, now: Millis): boolean {
  if (now - known.lastSeen > IDLE) return true;
  return known.hasEnded && packet.isTcp && packet.isOpeningSyn && packet.seq !== known.initialSeq;
}

function keyOf(packet: PacketView): string {
  const { bytes, srcAt, dstAt, srcPort, dstPort } = packet;
  const length = packet.ipVersion === 4 ? 4 : 16;
  const src = `${bytes.subarray(srcAt, srcAt + length).join('.')}:${srcPort}`;
  const dst = `${bytes.subarray(dstAt, dstAt + length).join('.')}:${dstPort}`;
  return src < dst ? `${packet.protocol} ${src} ${dst}` : `${packet.protocol} ${dst} ${src}`;
}

function timeText(time: Millis): string {
  const micros = Math.round((time % 1000) * 1000);
  const whole = Math.floor(time / 1000) * 1000 + Math.floor(micros / 1_000_000) * 1000;
  return new Date(whole)
    .toISOString()
    .replace('000Z', `${String(micros % 1_000_000).padStart(6, '0')}Z`);
}

const MOST_FLOWS = 65_536;
const IDLE: Millis = 300_000;
/** As an endpoint reads, but without doubting a segment: captures made on a host have checksums that were never computed. */
const ALL_SEEING: Model = {
  ...PRESETS.strict,
  tcb: {
    ...PRESETS.strict.tcb,
    create: 'any',
    onSecondSyn: 'replace',
    teardown: { ...PRESETS.strict.tcb.teardown, on: [] },
  },
  validate: { ...PRESETS.plain.validate, seq: 'window' },
  hops: { ...PRESETS.strict.hops, aware: false },
  ip6: { extHeaders: 'walk' },
  host: PRESETS.plain.host,
};
