import { u8 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import { ByteStream } from '../flow/byte-stream.ts';
import type { Direction, Flow } from '../flow/flow.ts';
import { type HalfFlow, WINDOW } from '../flow/half-flow.ts';
import type { MemoryBudget } from '../flow/memory-budget.ts';
import type { Model } from '../policy/model.ts';
import { Observation, type ObservationKind } from '../policy/observation.ts';
import type { Rule } from '../policy/rule.ts';
import type { PacketView } from '../wire/packet.ts';
import { protocolOf } from '../wire/protocol.ts';
import { seqDistance } from '../wire/tcp.ts';
import { MessageReader, PARTIAL, REFUSED, UNKNOWN } from './message-reader.ts';
import { RAW_BYTES_COST, RawBytes, Scratch } from './raw-bytes.ts';
import type { Sink } from './sink.ts';

/**
 * What comes of reading a segment: `hit`, a rule was set off; `drop`, the box does not let this packet through; `stop`, nor
 * any that follows with payload; `freeze`, nor any packet of the flow.
 */
export type Inspected = 'nothing' | 'hit' | 'drop' | 'stop' | 'freeze';

/** Reads TCP payloads for what the sink asks about: segment by segment, or as a stream, as the model says. */
export class Inspector {
  readonly seen = new Observation();
  rule: Rule | undefined = undefined;
  readonly #model: Model;
  readonly #sink: Sink;
  readonly #reader: MessageReader;
  readonly #budget: MemoryBudget;
  readonly #raw: { readonly [way in Direction]: readonly ObservationKind[] };
  readonly #asksFirst: { readonly [way in Direction]: boolean };
  readonly #readsMessages: { readonly [way in Direction]: boolean };
  readonly #scratch = new Scratch();
  /** The next sequence number of the stream, before the last segment. */
  #nextBefore = 0;

  constructor(model: Model, sink: Sink, budget: MemoryBudget) {
    this.#model = model;
    this.#sink = sink;
    this.#budget = budget;
    this.#reader = new MessageReader(model, sink, this.seen);
    const both = <T>(of: (way: Direction) => T): { readonly [way in Direction]: T } => ({
      'to-server': of('to-server'),
      'to-client': of('to-client'),
    });
    this.#raw = both((way) => this.#rawKinds(way));
    this.#asksFirst = both((way) => asks(sink, way, ['protocol', 'first-payload']));
    this.#readsMessages = both((way) => asks(sink, way, way === 'to-server' ? REQUESTS : ANSWERS));
  }

  /** Whether packets that go this way are read at all. */
  reads(direction: Direction): boolean {
    const knob = this.#model.direction;
    if (knob !== 'both' && knob !== direction) return false;
    return (
      this.#readsMessages[direction] ||
      this.#asksFirst[direction] ||
      this.#raw[direction].length > 0
    );
  }

  /** `direction` is as the box sees the roles; `half` has what it remembers of that way. */
  inspect(
    packet: PacketView,
    flow: Flow,
    half: HalfFlow,
    direction: Direction,
    now: Millis,
  ): Inspected {
    this.rule = undefined;
    this.seen.packet = packet;
    this.seen.flow = flow;
    this.seen.direction = direction;
    if (half.payloads === 1 && this.#asksFirst[direction] && this.#readFirst(packet)) return 'hit';
    const { mode } = this.#model.stream;
    if (mode === 'packet' || mode === 'first-payload') {
      return this.#inspectSegment(packet, half, direction);
    }
    return this.#inspectStream(packet, flow, half, direction, now);
  }

  /** A segment without payload may have an urgent pointer, too. */
  noteUrgent(packet: PacketView, flow: Flow, half: HalfFlow): void {
    const { mode, urgent } = this.#model.stream;
    if (urgent !== 'oob' || half.isDecided || (mode !== 'in-order' && mode !== 'full')) return;
    const stream = this.#streamFor(packet, flow, half);
    if (stream.hasRoom) this.#push(packet, stream);
    else half.endStream();
  }

  #rawKinds(way: Direction): ObservationKind[] {
    const kinds: ObservationKind[] = ['payload'];
    if (this.#model.tls.parse === 'substring') kinds.push('tls.sni');
    if (this.#model.http.parse === 'substring') kinds.push('http.host');
    return kinds.filter((kind) => this.#sink.asksAbout(kind, way));
  }

  #readFirst(packet: PacketView): boolean {
    const { bytes, payloadAt, payloadEnd } = packet;
    const protocol = protocolOf(bytes, payloadAt, payloadEnd);
    this.seen.protocol = protocol === 'undecided' ? 'unknown' : protocol;
    this.seen.within = 'segment';
    for (const kind of FIRST) {
      if (!this.#sink.asksAbout(kind, this.seen.direction)) continue;
      this.seen.of(kind, bytes, payloadAt, payloadEnd).offset = 0;
      this.rule = this.#sink.take(this.seen);
      if (this.rule !== undefined) return true;
    }
    return false;
  }

  #readRaw(bytes: Uint8Array, at: number, end: number, offset: number): boolean {
    const kinds = this.#raw[this.seen.direction];
    for (let i = 0; i < kinds.length; i++) {
      this.seen.of(kinds[i] as ObservationKind, bytes, at, end).offset = offset;
      this.seen.isRaw = true;
      this.rule = this.#sink.take(this.seen);
      if (this.rule !== undefined) return true;
    }
    return false;
  }

  #inspectSegment(packet: PacketView, half: HalfFlow, direction: Direction): Inspected {
    const { bytes, payloadAt, payloadEnd } = packet;
    const { mode, limit } = this.#model.stream;
    this.seen.within = 'segment';
    this.#reader.isResyncing = false;
    if (mode === 'first-payload') half.isDecided = true;
    if (this.#readRaw(bytes, payloadAt, payloadEnd, 0)) return 'hit';
    if (!this.#readsMessages[direction]) return 'nothing';
    let at = payloadAt;
    // A segment may hold several pipelined requests; a message takes at least one byte, so this ends.
    while (at < payloadEnd) {
      const next = this.#readMessage(bytes, at, payloadEnd, at - payloadAt);
      if (this.#reader.rule !== undefined) return this.#hit();
      if (next === REFUSED) return 'drop';
      if (next < 0 || this.#reader.isLast) break;
      at = next + this.#reader.bodyLength;
    }
    const isTold = this.#reader.isLast && this.#model.tcb.create !== 'none';
    if (isTold && this.#isForgetful(direction)) half.isDecided = true;
    return limit.packets > 0 && half.payloads >= limit.packets ? this.#overLimit(half) : 'nothing';
  }

  /** A box that reads packets reads all of them, unless a knob says that it decides once. */
  #isForgetful(direction: Direction): boolean {
    const { tls, http } = this.#model;
    return direction === 'to-server' && (tls.onPartial === 'pass-and-forget' || !http.everyRequest);
  }

  #inspectStream(
    packet: PacketView,
    flow: Flow,
    half: HalfFlow,
    direction: Direction,
    now: Millis,
  ): Inspected {
    const { outOfOrder, minSegment } = this.#model.stream;
    const stream = this.#streamFor(packet, flow, half);
    if (!stream.hasRoom) return this.#overLimit(half);
    if (half.payloads === 1 && packet.payloadLength < minSegment) {
      this.#end(stream, half);
      return 'nothing';
    }
    this.#nextBefore = stream.nextSeq;
    const isAhead = seqDistance(stream.nextSeq, this.#seqIn(packet, stream)) > 0;
    if (isAhead && outOfOrder !== 'buffer') return outOfOrder === 'drop' ? 'drop' : 'nothing';
    if (stream.isOverdue(now)) return this.#overLimit(half);
    const wasFinished = stream.isFinished;
    const pushed = this.#push(packet, stream);
    if (pushed === 'conflict') return 'drop';
    if (pushed !== 'grew') return 'nothing';
    if (wasFinished) half.isDecided = false; // what was read now says something else
    this.seen.within = 'stream';
    const inspected = this.#readWindow(stream, half, direction);
    if (inspected === 'drop') this.moveOn(half, true, now);
    if (inspected !== 'nothing' || stream.isClosed) return inspected;
    return stream.hold(now) ? 'nothing' : this.#overLimit(half);
  }

  /**
   * Where a flow goes on after a segment that set something off: the segment may come again, if it was dropped; otherwise
   * the next message may begin behind it.
   */
  moveOn(half: HalfFlow, isDropped: boolean, now: Millis): void {
    const { stream } = half;
    if (stream === undefined || stream.isClosed) return;
    if (isDropped) stream.takeBack(this.#nextBefore);
    else {
      stream.consume(stream.end - stream.at);
      stream.isResyncing = true;
    }
    if (!stream.hold(now)) half.endStream();
  }

  #readWindow(stream: ByteStream, half: HalfFlow, direction: Direction): Inspected {
    const raw = this.#raw[direction].length > 0 ? rawOf(stream) : undefined;
    if (raw !== undefined && this.#readNewBytes(stream, raw)) return 'hit';
    while (!half.isDecided && this.#readsMessages[direction]) {
      if (raw !== undefined) skipBody(stream, raw);
      skipBlankLines(stream);
      if (stream.at === stream.end) return 'nothing';
      this.#reader.isResyncing = stream.isResyncing;
      const mayBeWhole = this.#reader.mayBeWhole(stream.wanted, stream);
      if (!stream.payForReading(mayBeWhole)) return 'nothing';
      const next = this.#readMessage(stream.bytes, stream.at, stream.end, stream.offset);
      if (this.#reader.rule !== undefined) return this.#hit();
      if (next === REFUSED) return 'drop';
      if (next === PARTIAL) {
        stream.wanted = this.#reader.wanted;
        return 'nothing';
      }
      if (next === UNKNOWN) {
        if (!stream.isResyncing) half.isDecided = true;
        else giveUpOnLine(stream);
      } else {
        const { bodyLength, hasUnknownBody, isLast } = this.#reader;
        stream.isResyncing = hasUnknownBody;
        stream.consume(next - stream.at, raw === undefined ? bodyLength : 0);
        if (raw !== undefined) raw.bodyLeft = bodyLength;
        if (isLast) half.isDecided = true;
      }
    }
    this.#leave(stream, half, direction);
    return 'nothing';
  }

  /** What was decided is not held; but the stream goes on, if raw bytes are still of interest. */
  #leave(stream: ByteStream, half: HalfFlow, direction: Direction): void {
    if (this.#raw[direction].length === 0) {
      this.#end(stream, half);
      return;
    }
    half.isDecided = true;
    stream.consume(stream.end - stream.at);
  }

  #end(stream: ByteStream, half: HalfFlow): void {
    half.isDecided = true;
    stream.finish();
    if (stream.isClosed) half.endStream();
  }

  /** Each byte is looked at once, with as much before it as a needle may reach back. */
  #readNewBytes(stream: ByteStream, raw: RawBytes): boolean {
    const scratch = this.#scratch;
    const offset = raw.join(stream, scratch);
    if (this.#readRaw(scratch.bytes, 0, scratch.end, offset)) return true;
    raw.keep(stream, scratch);
    return false;
  }

  #readMessage(bytes: Uint8Array, at: number, end: number, offset: number): number {
    return this.seen.direction === 'to-server'
      ? this.#reader.readToServer(bytes, at, end, offset)
      : this.#reader.readToClient(bytes, at, end, offset);
  }

  #hit(): Inspected {
    this.rule = this.#reader.rule;
    return 'hit';
  }

  #overLimit(half: HalfFlow): Inspected {
    const { onLimit } = this.#model.stream.limit;
    half.isDecided = true;
    half.endStream();
    if (onLimit === 'pass') return 'nothing';
    return onLimit === 'drop' ? 'stop' : 'freeze';
  }

  /** Where the box takes the segment to lie: it may not look. */
  #seqIn(packet: PacketView, stream: ByteStream): number {
    const seq = packet.isSyn ? (packet.seq + 1) | 0 : packet.seq;
    if (this.#model.validate.seq !== 'none') return seq;
    const isBefore = seqDistance(stream.startSeq, seq) < 0;
    return isBefore || seqDistance(stream.nextSeq, seq) > WINDOW ? stream.nextSeq : seq;
  }

  /** The urgent byte is the one before the pointer (RFC 6093 §3.1), as Linux has it; it may come in another segment. */
  #push(packet: PacketView, stream: ByteStream): ReturnType<ByteStream['push']> {
    const { bytes, payloadAt, payloadEnd } = packet;
    const seq = this.#seqIn(packet, stream);
    if (packet.isUrgent && this.#model.stream.urgent === 'oob') {
      stream.leaveOut((seq + Math.max(packet.urgentPointer, 1) - 1) | 0);
    }
    return stream.push(seq, bytes, payloadAt, payloadEnd);
  }

  #streamFor(packet: PacketView, flow: Flow, half: HalfFlow): ByteStream {
    if (half.isResyncing) half.rebase(packet.seq);
    half.stream ??= this.#newStream(packet, flow, half);
    if (this.#model.tcb.onSecondSyn !== 'multi' || flow.otherSeqs === undefined) return half.stream;
    if (half !== flow.toServer || isNear(packet, half.stream.nextSeq)) return half.stream;
    for (const seq of flow.otherSeqs) {
      if (!isNear(packet, (seq + 1) | 0)) continue;
      half.rebase((seq + 1) | 0);
      half.stream = this.#newStream(packet, flow, half);
      break;
    }
    return half.stream;
  }

  #newStream(packet: PacketView, flow: Flow, half: HalfFlow): ByteStream {
    const stream = new ByteStream(this.#model.stream, this.#budget);
    stream.start(half.isBelieved ? half.believedNext : packet.seq);
    stream.isResyncing = !flow.startWasSeen;
    return stream;
  }
}

function asks(sink: Sink, way: Direction, kinds: readonly ObservationKind[]): boolean {
  return kinds.some((kind) => sink.asksAbout(kind, way));
}

function isNear(packet: PacketView, seq: number): boolean {
  return Math.abs(seqDistance(seq, packet.seq)) < WINDOW;
}

function rawOf(stream: ByteStream): RawBytes {
  if (stream.reading === undefined) stream.keepReading(new RawBytes(), RAW_BYTES_COST);
  return stream.reading as RawBytes;
}

function skipBody(stream: ByteStream, raw: RawBytes): void {
  const count = Math.min(raw.bodyLeft, stream.end - stream.at);
  if (count === 0) return;
  stream.consume(0, count);
  raw.bodyLeft -= count;
}

/** Between messages, as servers do (RFC 9112 §2.2); before the first one the reading says what they are. */
function skipBlankLines(stream: ByteStream): void {
  while (stream.offset > 0 && stream.at < stream.end && isEndOfLine(stream.bytes, stream.at)) {
    stream.consume(1);
  }
}

/** Where the next message may start anywhere, the next line is up. */
function giveUpOnLine(stream: ByteStream): void {
  let at = stream.at;
  while (at < stream.end && u8(stream.bytes, at) !== LF) at++;
  stream.consume(Math.min(at + 1, stream.end) - stream.at);
}

function isEndOfLine(bytes: Uint8Array, at: number): boolean {
  const byte = u8(bytes, at);
  return byte === LF || byte === CR;
}

const REQUESTS: readonly ObservationKind[] = [
  'http.host',
  'http.url',
  'tls.sni',
  'tls.client-hello',
  'dns.qname',
];
const ANSWERS: readonly ObservationKind[] = ['tls.server-flight', 'dns.qname'];
const FIRST: readonly ObservationKind[] = ['protocol', 'first-payload'];
const LF = 0x0a;
const CR = 0x0d;
