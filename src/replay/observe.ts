import { randomInt } from 'node:crypto';
import type { Millis } from '../base/units.ts';
import { CaptureReader } from '../dataplane/capture/capture-reader.ts';
import type { Truncation } from '../dataplane/capture/capture-source.ts';
import { FrameView } from '../dataplane/capture/link-layer.ts';
import { Engine } from '../engine/engine.ts';
import type { Direction } from '../flow/flow.ts';
import type { Model } from '../policy/model.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import { PRESETS } from '../policy/presets.ts';
import type { PacketView } from '../wire/packet.ts';
import { FIN, seqDistance } from '../wire/tcp.ts';
import { CaptureClock, type OddTimes } from './capture-clock.ts';
import { FrameMender } from './frame-mender.ts';
import {
  isNoted,
  newFlow,
  note,
  noteBefore,
  type ObservedFlow,
  timeText,
} from './observed-flow.ts';
import { PacketFaultCounter, type PacketFaults } from './packet-faults.ts';
import { type Passage, type ReadAlong, readAlong, readThrough } from './read-along.ts';
import { RecencyMap } from './recency-map.ts';
import { CUT_SHORT, IN_PARTS, UnreadCounter, type UnreadCounts } from './unread.ts';

export interface ObserveResult {
  readonly flows: number;
  readonly packets: number;
  readonly cut: number;
  readonly truncation: Truncation | undefined;
  readonly oddTimes: OddTimes;
  readonly unread: UnreadCounts;
  readonly faults: PacketFaults;
  /** How often the other end acknowledged bytes that the capture does not have. What comes behind them was read. */
  readonly gaps: number;
  /** The capture came through a pipe. */
  readonly isLive: boolean;
}

/**
 * Every flow of a capture, each told when it is over: when a SYN begins another on its ports, after being idle for `IDLE`, or at the
 * end of the file. The oldest are told before that when more than `MOST_FLOWS` are open, or names take more than `room`, in bytes of
 * memory. The port plays no part in what is read.
 */
export function observe(
  file: string,
  emit: (flow: ObservedFlow) => void,
  room = MOST_HELD,
): ObserveResult {
  const reader = new CaptureReader(file);
  try {
    return readThrough(reader, new FlowObserver(reader, emit, room));
  } finally {
    reader.close();
  }
}

/**
 * The same, of a capture that may come through a pipe; undefined if it was interrupted before it began. While the pipe is silent,
 * a TCP flow is told a second after its end, and a datagram flow after `UDP_REST` without a packet.
 */
export async function observeAlong(
  file: string,
  emit: (flow: ObservedFlow) => void,
  along: ReadAlong,
): Promise<ObserveResult | undefined> {
  const reader = await CaptureReader.open(file, along.signal);
  if (reader === undefined) return undefined;
  try {
    return await readAlong(reader, new FlowObserver(reader, emit), along);
  } finally {
    reader.close();
  }
}

interface Watched {
  readonly flow: ObservedFlow;
  /** In a capture of a middlebox: which of its boxes saw the flow first. */
  readonly box: number | undefined;
  /** The numbers of both SYNs, or of the byte before the first one that was seen; the end that was seen first is first. */
  readonly bases: [number | undefined, number | undefined];
  lastTime: Millis;
  lastSeen: Millis;
  /** When a tick first found it without a new packet. */
  quietSince: Millis | undefined;
  /** Who sent a FIN: 1 the end that was seen first, 2 the other. */
  fins: number;
  wasReset: boolean;
  /** Bytes of memory that its names take. */
  held: number;
  /** What a SYN said, until it is known whether the server took it. */
  early: EarlyData | undefined;
}

interface EarlyData {
  readonly draft: ObservedFlow;
  /** Whether the end that was seen first sent it. */
  readonly isFirst: boolean;
  /** The sequence number after it. */
  readonly end: number;
}

class FlowObserver implements Passage<ObserveResult> {
  readonly #reader: CaptureReader;
  readonly #emit: (flow: ObservedFlow) => void;
  readonly #frame: FrameView;
  readonly #mender = new FrameMender();
  readonly #engine: Engine;
  /** By five-tuple. */
  readonly #watched = new RecencyMap<Watched>(MOST_FLOWS + 1);
  /** Bytes of memory that the names of all flows take, and may take. */
  #held = 0;
  readonly #room: number;
  /** The flow that the packet at hand is of. */
  #lastUsed: Watched | undefined = undefined;
  #current: ObservedFlow | undefined = undefined;
  readonly #clock = new CaptureClock();
  #count = 0;
  #packets = 0;
  readonly #unread = new UnreadCounter('open');
  readonly #faults = new PacketFaultCounter();
  #cut = 0;

  constructor(reader: CaptureReader, emit: (flow: ObservedFlow) => void, room = MOST_HELD) {
    this.#reader = reader;
    this.#emit = emit;
    this.#room = room;
    this.#frame = new FrameView(reader);
    const observer = { asksAbout: asks, observe: (seen: Observation) => this.#note(seen) };
    const policy = { model: ALL_SEEING, rules: [] };
    this.#engine = new Engine({ policy, salt: randomInt(2 ** 32), observer, skipsGaps: true });
  }

  take(): void {
    if (!this.#reader.packet.isCopy) this.#watch();
  }

  /** Tells the flows that are over, by a clock that goes on while no packets come. */
  tick(now: Millis): void {
    const isOverBy = (watched: Watched): boolean => {
      watched.quietSince ??= now;
      const isEnded = watched.fins === BOTH_FINS || watched.wasReset;
      const rest = isEnded ? END_REST : watched.flow.transport === 'udp' ? UDP_REST : IDLE;
      return now - watched.quietSince >= rest;
    };
    for (const watched of this.#watched.deleteWhere(isOverBy)) this.#tell(watched);
  }

  result(): ObserveResult {
    this.#frame.requireSupported();
    this.#unread.add(IN_PARTS, this.#engine.unassembled);
    for (const watched of this.#watched.values()) this.#tell(watched);
    const { truncation, isLive } = this.#reader;
    const { oddTimes } = this.#clock;
    const [flows, packets, cut] = [this.#count, this.#packets, this.#cut];
    const [unread, faults] = [this.#unread.counts, this.#faults.counts];
    const { gaps } = this.#engine;
    return { flows, packets, cut, truncation, oddTimes, isLive, unread, faults, gaps };
  }

  #watch(): void {
    const record = this.#reader.packet;
    const frame = this.#frame.decode(record);
    const isCut = record.originalLength > record.end - record.at;
    const mended = this.#mender.mend(frame, isCut);
    const { bytes, at, end } = mended;
    if (record.box !== undefined && this.#isOfOtherBox(this.#unread.decode(mended))) return;
    this.#clock.take(record.timeMs);
    this.#packets++;
    if (isCut) this.#cut++;
    if (mended.isLost) {
      this.#unread.add(frame.unread ?? CUT_SHORT);
      return;
    }
    this.#unread.take(mended, frame.unread, isCut);
    const { packet } = this.#unread;
    const isOtherVersion = this.#faults.take(packet, isCut ? 'leave' : 'compute');
    this.#current = packet.isTcp || packet.isUdp ? this.#flowOf(packet) : undefined;
    if (isOtherVersion && this.#lastUsed !== undefined) this.#lastUsed.flow.other_versions++;
    this.#engine.decide(bytes, at, end, this.#clock.now);
    const { assembled } = this.#engine;
    if (assembled !== undefined) this.#unread.takeWhole(assembled, isCut);
  }

  /** What is read in the last fragment of a datagram was said by the whole. */
  #note(seen: Observation): void {
    if (!asks(seen.kind, seen.direction)) return;
    const { isFragment } = this.#unread.packet;
    if (isFragment && this.#isOfOtherBox(seen.packet)) return;
    const flow = isFragment ? this.#flowOf(seen.packet) : this.#current;
    if (flow === undefined) return;
    const grown = note(flow, seen, this.#reader.packet.index);
    this.#held += grown;
    if (this.#lastUsed !== undefined) this.#lastUsed.held += grown;
    if (this.#held > this.#room) this.#endIdle();
  }

  /** Boxes in a row see a packet one after the other. It counts for the box that saw its flow first. */
  #isOfOtherBox(packet: PacketView): boolean {
    if (!packet.isTcp && !packet.isUdp) return false;
    const known = this.#watched.get(packet);
    if (known === undefined || known.box === this.#reader.packet.box) return false;
    return !isOver(known, packet, this.#watched.isForward, this.#clock.now);
  }

  #flowOf(packet: PacketView): ObservedFlow {
    const time = this.#reader.packet.timeMs;
    const known = this.#watched.use(packet);
    const isFirst = known === undefined || this.#watched.isForward;
    const isOther = known !== undefined && isOver(known, packet, isFirst, this.#clock.now);
    if (isOther) this.#tell(known);
    const watched = known === undefined || isOther ? this.#begin(packet, time) : known;
    this.#lastUsed = watched;
    if (packet.isTcp) noteSegment(watched, packet, isFirst);
    watched.quietSince = undefined;
    watched.lastTime = Math.max(watched.lastTime, time);
    watched.lastSeen = this.#clock.now;
    return packet.isTcp ? certainOf(watched, packet, isFirst, time) : watched.flow;
  }

  #begin(packet: PacketView, time: Millis): Watched {
    const flow = newFlow(packet, time);
    const bases: Watched['bases'] = [undefined, undefined];
    const { box } = this.#reader.packet;
    const watched: Watched = {
      ...{ flow, box, bases, lastTime: time, lastSeen: this.#clock.now },
      ...{ quietSince: undefined, fins: 0, wasReset: false, held: 0, early: undefined },
    };
    this.#watched.set(packet, watched);
    this.#endIdle();
    this.#count++;
    return watched;
  }

  #endIdle(): void {
    for (let { oldest } = this.#watched; oldest !== undefined; { oldest } = this.#watched) {
      const isIdle = this.#clock.now - oldest.lastSeen > IDLE;
      const isRoom = this.#watched.size <= MOST_FLOWS && this.#held <= this.#room;
      if ((isRoom && !isIdle) || this.#watched.size === 1) return;
      this.#watched.deleteOldest();
      this.#tell(oldest);
    }
  }

  #tell({ flow, lastTime, held }: Watched): void {
    flow.last = timeText(lastTime);
    this.#held -= held;
    this.#emit(flow);
  }
}

function asks(kind: ObservationKind, direction: Direction): boolean {
  if (kind === 'tls.server-flight') return direction === 'to-client';
  return kind === 'protocol' || (direction === 'to-server' && isNoted(kind));
}

/** Idle for too long, or a SYN has another number than the sender's first: what tshark calls another stream. */
function isOver(known: Watched, packet: PacketView, isFirst: boolean, now: Millis): boolean {
  if (now - known.lastSeen > IDLE) return true;
  if (!packet.isTcp || !packet.isOpeningSyn) return false;
  const base = known.bases[isFirst ? 0 : 1];
  return base !== undefined && base !== packet.seq;
}

/**
 * What is read in this packet goes into the flow, but for data on a SYN: the server took it only if the SYN/ACK acknowledges it (RFC 7413
 * §4.2.2) or, where that was not captured, if the client goes on behind it. Until then it is in a draft.
 */
function certainOf(
  watched: Watched,
  packet: PacketView,
  isFirst: boolean,
  time: Millis,
): ObservedFlow {
  const { flow, early } = watched;
  if (packet.isOpeningSyn && packet.payloadLength > 0 && early === undefined) {
    const end = (packet.seq + 1 + packet.payloadLength) | 0;
    watched.early = { draft: newFlow(packet, time), isFirst, end };
  } else if (early !== undefined && !packet.isOpeningSyn) {
    const isAnswer = packet.isSyn && isFirst !== early.isFirst;
    const goesOn = !packet.isSyn && isFirst === early.isFirst && !packet.isReset;
    if (isAnswer || goesOn) {
      const taken = isAnswer ? packet.ack : packet.seq;
      if (seqDistance(early.end, taken) >= 0) noteBefore(flow, early.draft);
      watched.early = undefined;
    }
  }
  return packet.isOpeningSyn ? (watched.early?.draft ?? flow) : flow;
}

function noteSegment(watched: Watched, packet: PacketView, isFirst: boolean): void {
  watched.bases[isFirst ? 0 : 1] ??= baseOf(packet);
  if (packet.isReset) watched.wasReset = true;
  if ((packet.flags & FIN) !== 0) watched.fins |= isFirst ? 1 : 2;
}

function baseOf(packet: PacketView): number {
  return packet.isSyn ? packet.seq : (packet.seq - 1) | 0;
}

const MOST_FLOWS = 65_536;
/** Bytes of memory. */
const MOST_HELD = 256 * 1024 * 1024;
/** Of both ends. */
const BOTH_FINS = 3;
/** How long, on a pipe, the last acknowledgements of a flow are waited for. */
const END_REST: Millis = 1000;
/** Linux forgets a flow of datagrams after 30 s (nf_conntrack_udp_timeout). */
const UDP_REST: Millis = 30_000;
/** RFC 5382 §5: what forgets connections sooner breaks those that are kept open. */
const IDLE: Millis = 124 * 60_000;
/**
 * As an endpoint reads, but without doubting a segment: captures made on a host have checksums that were never computed.
 * A method is one that is in use, for many protocols begin with a word and a blank.
 */
const ALL_SEEING: Model = {
  ...PRESETS.strict,
  tcb: {
    ...PRESETS.strict.tcb,
    create: 'any',
    onSecondSyn: 'replace',
    synPayload: 'until-refused',
    teardown: { ...PRESETS.strict.tcb.teardown, on: [] },
    idleTimeout: IDLE,
    halfOpenTimeout: IDLE,
    capacity: MOST_FLOWS,
  },
  validate: { ...PRESETS.plain.validate, seq: 'window' },
  hops: { ...PRESETS.strict.hops, aware: false },
  ip6: { extHeaders: 'walk' },
  http: { ...PRESETS.strict.http, methods: methods(), hostField: 'every' },
  host: PRESETS.plain.host,
};

/** IANA, HTTP Method Registry; UPnP Device Architecture 2.0 §§1.3 and 4.1; MS-RPCH §2.1.2.1. */
function methods(): readonly string[] {
  const registered =
    'ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR ' +
    'MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PUT QUERY REBIND REPORT ' +
    'SEARCH TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL';
  const others = 'M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE RPC_CONNECT RPC_IN_DATA RPC_OUT_DATA';
  return `${registered} ${others}`.split(' ');
}
