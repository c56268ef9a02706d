import { u8 } from '../base/bytes.ts';
import type { Millis } from '../base/units.ts';
import { ByteStream } from '../flow/byte-stream.ts';
import type { Direction, Flow } from '../flow/flow.ts';
import { type HalfFlow, WINDOW } from '../flow/half-flow.ts';
import type { MemoryBudget } from '../flow/memory-budget.ts';
import type { Model } from '../policy/model.ts';
import { Observation, type ObservationKind } from '../policy/observation.ts';
import type { Rule } from '../policy/rule.ts';
import { ChunkedBody } from '../wire/http/chunked-body.ts';
import type { Http2Requests } from '../wire/http2/requests.ts';
import type { PacketView } from '../wire/packet.ts';
import { protocolOf } from '../wire/protocol.ts';
import { seqDistance } from '../wire/tcp.ts';
import { Exchange } from './exchange.ts';
import { MessageReader, PARTIAL, REFUSED, type Told, UNKNOWN } from './message-reader.ts';
import { RAW_BYTES_COST, RawBytes, Scratch } from './raw-bytes.ts';
import type { Sink } from './sink.ts';

/**
 * What comes of reading a segment, unless it sets a rule off: `drop`, the box does not let this packet through; `stop`, nor
 * any that follows with payload; `freeze`, nor any packet of the flow.
 */
export type Inspected = 'nothing' | 'drop' | 'stop' | 'freeze';

/**
 * Reads TCP payloads for what the sink asks about: segment by segment, or as a stream, as the model says. All that a segment
 * shows is told. From the first message on that sets a rule off, nothing is taken out of the stream, until `moveOn` says
 * that the segment went through, or `takeBack` that it did not.
 */
export class Inspector {
  readonly seen = new Observation();
  readonly #model: Model;
  readonly #sink: Sink;
  readonly #reader: MessageReader;
  readonly #budget: MemoryBudget;
  readonly #raw: { readonly [way in Direction]: readonly ObservationKind[] };
  readonly #asksFirst: { readonly [way in Direction]: boolean };
  readonly #readsMessages: { readonly [way in Direction]: boolean };
  /** Which request an answer is to matters, so requests are kept count of. */
  readonly #followsAnswers: boolean;
  readonly #chunks: ChunkedBody;
  readonly #scratch = new Scratch();
  /** The stream whose window the packet at hand made grow, its next sequence number before that, and where the packet ends. */
  #pushed: ByteStream | undefined = undefined;
  #nextBefore = 0;
  #pushedEnd = 0;
  #isRawHit = false;
  readonly #skipsGaps: boolean;
  /** How many gaps were passed over. */
  gaps = 0;
  /** The packet at hand waits behind bytes that the box lacks, and that the other end has acknowledged. */
  isBehindGap = false;

  constructor(model: Model, sink: Sink, budget: MemoryBudget, skipsGaps: boolean) {
    this.#skipsGaps = skipsGaps;
    this.#model = model;
    this.#sink = sink;
    this.#budget = budget;
    this.#reader = new MessageReader(model, sink, this.seen);
    this.#chunks = new ChunkedBody(model.http.endOfLine);
    const both = <T>(of: (way: Direction) => T): { readonly [way in Direction]: T } => ({
      'to-server': of('to-server'),
      'to-client': of('to-client'),
    });
    this.#raw = both((way) => rawKinds(model).filter((kind) => sink.asksAbout(kind, way)));
    this.#asksFirst = both((way) => asks(sink, way, ['protocol', 'first-payload']));
    const answersCount = isWorthReading('to-client', model, sink);
    this.#followsAnswers = answersCount;
    this.#readsMessages = {
      'to-server': answersCount || isWorthReading('to-server', model, sink),
      'to-client': answersCount,
    };
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
    this.#see(packet, flow, direction);
    if (half.payloads === 1 && this.#asksFirst[direction]) this.#readFirst(packet);
    const { mode } = this.#model.stream;
    if (mode === 'packet' || mode === 'first-payload') {
      return this.#inspectSegment(packet, half, direction);
    }
    return this.#inspectStream(packet, flow, half, direction, now);
  }

  /** A segment without payload may have an urgent pointer, too. */
  noteUrgent(packet: PacketView, flow: Flow, half: HalfFlow): void {
    const { mode, urgent } = this.#model.stream;
    const isOver = half.isDecided && half.stream === undefined;
    if (urgent !== 'oob' || isOver || (mode !== 'in-order' && mode !== 'full')) return;
    const stream = this.#streamFor(packet, flow, half);
    if (stream.hasRoom) this.#push(packet, stream);
    else half.endStream();
  }

  /** A segment without payload may lie behind a gap, and show that nothing of it will come. */
  passGaps(
    packet: PacketView,
    flow: Flow,
    half: HalfFlow,
    direction: Direction,
    now: Millis,
  ): void {
    const { stream } = half;
    if (stream === undefined || !isBehind(packet, flow, half, stream)) return;
    this.#see(packet, flow, direction);
    this.#skipGapsBefore(packet, stream, flow, half, direction);
    if (!stream.isClosed && !stream.hold(now)) half.endStream();
  }

  #see(packet: PacketView, flow: Flow, direction: Direction): void {
    this.seen.packet = packet;
    this.seen.flow = flow;
    this.seen.direction = direction;
  }

  #readFirst(packet: PacketView): void {
    const { bytes, payloadAt, payloadEnd } = packet;
    const protocol = protocolOf(bytes, payloadAt, payloadEnd);
    this.seen.protocol = protocol === 'undecided' ? 'unknown' : protocol;
    this.seen.within = 'segment';
    for (const kind of FIRST) {
      if (!this.#sink.asksAbout(kind, this.seen.direction)) continue;
      this.seen.of(kind, bytes, payloadAt, payloadEnd).offset = 0;
      this.#sink.take(this.seen);
    }
  }

  /** Whether that set a rule off. */
  #readRaw(bytes: Uint8Array, at: number, end: number, offset: number): boolean {
    let isHit = false;
    const kinds = this.#raw[this.seen.direction];
    for (let i = 0; i < kinds.length; i++) {
      this.seen.of(kinds[i] as ObservationKind, bytes, at, end).offset = offset;
      this.seen.isRaw = true;
      if (this.#sink.take(this.seen)) isHit = true;
    }
    return isHit;
  }

  #inspectSegment(packet: PacketView, half: HalfFlow, direction: Direction): Inspected {
    const { bytes, payloadAt, payloadEnd } = packet;
    const { mode, limit } = this.#model.stream;
    this.seen.within = 'segment';
    this.#reader.isResyncing = false;
    this.#readRaw(bytes, payloadAt, payloadEnd, 0);
    this.#reader.answered = 'unknown';
    this.#reader.isDns = false;
    this.#reader.http2 = undefined;
    const isRead = this.#readsMessages[direction];
    const next = isRead ? this.#readAll(bytes, payloadAt, payloadEnd, -payloadAt) : UNKNOWN;
    // Half a ClientHello that is refused comes again: the first payload is still to come.
    const isRefused = next === REFUSED && !this.#sink.hasFound;
    if (mode === 'first-payload' && !isRefused) half.isDecided = true;
    if (!isRead) return 'nothing';
    if (next === REFUSED) return 'drop';
    const isTold = this.#reader.isLast && this.#model.tcb.create !== 'none';
    if (isTold && this.#isForgetful(direction)) half.isDecided = true;
    return limit.packets > 0 && half.payloads >= limit.packets ? this.#overLimit(half) : 'nothing';
  }

  /**
   * Reads messages one behind the other, as requests are pipelined; `offset` is what to add to a position. The last one's end, or
   * PARTIAL, UNKNOWN or REFUSED. Each message takes at least one byte, so this ends.
   */
  #readAll(bytes: Uint8Array, from: number, end: number, offset: number): number {
    let at = this.#behindBlankLines(bytes, from, end, offset);
    while (at < end) {
      const next = this.#readMessage(bytes, at, end, at + offset);
      if (next < 0 || this.#reader.isLast) return next;
      this.#reader.http2?.commit();
      this.#reader.told = undefined;
      at = this.#behindBlankLines(bytes, this.#behindBody(bytes, next, end), end, offset);
    }
    return at;
  }

  /** As `skipBlankLines`. A box that reads segments alone passes over none. */
  #behindBlankLines(bytes: Uint8Array, from: number, end: number, offset: number): number {
    let at = from;
    if (this.seen.within === 'segment') return at;
    while (at + offset > 0 && at < end && isEndOfLine(bytes, at)) at++;
    return at;
  }

  /** Where the next message of a segment begins, if it has one. */
  #behindBody(bytes: Uint8Array, at: number, end: number): number {
    const { body, bodyLength } = this.#reader;
    if (body !== 'chunked') return at + bodyLength;
    const next = this.#chunks.begin().skip(bytes, at, end);
    return this.#chunks.isBroken ? end : next;
  }

  /** A box that reads packets reads all of them, unless a knob says that it decides once. */
  #isForgetful(direction: Direction): boolean {
    return direction === 'to-server' && isForgetful(this.#model);
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
    if (this.#skipsGaps) this.#skipGapsBefore(packet, stream, flow, half, direction);
    const isBehindGap = !half.isDecided && isBehind(packet, flow, half, stream);
    if (half.payloads === 1 && packet.payloadLength < minSegment) {
      this.#end(stream, half);
      return 'nothing';
    }
    this.#nextBefore = stream.nextSeq;
    const seq = this.#seqIn(packet, stream);
    this.#pushedEnd = (seq + packet.payloadLength) | 0;
    const isAhead = seqDistance(stream.nextSeq, seq) > 0;
    this.isBehindGap = isAhead && isBehindGap;
    const refused = half.isDecided ? 'nothing' : 'drop'; // of what it has done with, it refuses nothing
    if (isAhead && outOfOrder !== 'buffer') return outOfOrder === 'drop' ? refused : 'nothing';
    if (stream.isOverdue(now)) return this.#overLimit(half);
    const wasFinished = stream.isFinished;
    const pushed = this.#push(packet, stream);
    if (pushed === 'conflict') return refused;
    if (pushed !== 'grew') return 'nothing';
    this.#pushed = stream;
    if (wasFinished) half.isDecided = false; // what was read now says something else
    this.seen.within = 'stream';
    const raw = this.#raw[direction].length > 0 ? rawOf(stream) : undefined;
    if (raw !== undefined) this.#readNewBytes(stream, raw);
    if (this.#sink.hasFound) this.#lookOver(stream, half, direction, raw);
    else if (this.#readWindow(stream, flow, half, direction) === REFUSED) {
      this.takeBack(half, now);
      return 'drop';
    }
    if (this.#sink.hasFound || stream.isClosed) return 'nothing';
    return stream.hold(now) ? 'nothing' : this.#overLimit(half);
  }

  /** Passes over each gap before the packet, and reads the bytes that came early behind it. */
  #skipGapsBefore(
    packet: PacketView,
    stream: ByteStream,
    flow: Flow,
    half: HalfFlow,
    direction: Direction,
  ): void {
    this.seen.within = 'stream';
    while (!half.isDecided && !stream.isClosed && isBehind(packet, flow, half, stream)) {
      stream.skipGap(half.believedNext);
      this.gaps++;
      this.#readWindow(stream, flow, half, direction);
    }
  }

  /** A packet comes. */
  begin(): void {
    this.#pushed = undefined;
    this.#isRawHit = false;
    this.#reader.hasHit = false;
    this.isBehindGap = false;
  }

  /** After a segment that set `rule` off and went through: what is in it has been told, and is passed over. */
  moveOn(flow: Flow, half: HalfFlow, rule: Rule, now: Millis): void {
    const stream = this.#streamAtHand(half);
    if (stream === undefined) return;
    const { direction } = this.seen;
    const isLastHit = this.#reader.hasHit;
    if (this.#raw[direction].length > 0) {
      rawOf(stream).keep(stream, this.#scratch, this.#isRawHit);
    }
    this.#reader.isMuted = true;
    this.#readWindow(stream, flow, half, direction);
    this.#reader.isMuted = false;
    if (isLastHit && stream.at < stream.end) noteTold(stream, rule, this.#reader.shown);
    keepHeld(stream, half, now);
  }

  /** After a segment that was not let through: it may come again. */
  takeBack(half: HalfFlow, now: Millis): void {
    const stream = this.#streamAtHand(half);
    if (stream === undefined) return;
    stream.takeBack(this.#nextBefore, this.#pushedEnd);
    keepHeld(stream, half, now);
  }

  /** The stream that the packet made grow, if it is still read. */
  #streamAtHand(half: HalfFlow): ByteStream | undefined {
    const stream = this.#pushed;
    return stream?.isClosed || half.stream !== stream ? undefined : stream;
  }

  /** Takes messages out of the stream, until one is not whole or sets a rule off. REFUSED, if the box lets none like it through. */
  #readWindow(stream: ByteStream, flow: Flow, half: HalfFlow, direction: Direction): number {
    const raw = this.#raw[direction].length > 0 ? rawOf(stream) : undefined;
    while (!half.isDecided && this.#readsMessages[direction]) {
      if (raw !== undefined) skipBody(stream, raw);
      if (!skipChunks(stream)) break;
      skipBlankLines(stream);
      if (stream.at === stream.end) return PARTIAL;
      this.#prepare(stream, flow, direction);
      const mayBeWhole = this.#mayBeWhole(stream);
      if (!this.#reader.isMuted && !stream.payForReading(mayBeWhole)) return PARTIAL;
      const next = this.#readMessage(stream.bytes, stream.at, stream.end, stream.offset);
      if (this.#sink.hasFound && !this.#reader.isMuted) {
        if (next >= 0 && !this.#reader.isLast) this.#readBehind(stream, next);
        return PARTIAL;
      }
      if (next === REFUSED) return REFUSED;
      if (next === PARTIAL) {
        stream.wanted = this.#reader.wanted;
        return PARTIAL;
      }
      if (next !== UNKNOWN) this.#consume(stream, flow, half, next, raw);
      else if (!stream.isResyncing && !stream.hasGap) half.isDecided = true;
      else {
        stream.isResyncing = true;
        giveUpOnLine(stream);
      }
    }
    this.#leave(stream, half, direction);
    return UNKNOWN;
  }

  /** Looks for the end of a head in the bytes that have come since the last time. */
  #mayBeWhole(stream: ByteStream): boolean {
    const from = stream.at + Math.max(0, stream.searched - stream.offset);
    stream.searched = stream.offset + stream.end - stream.at;
    return this.#reader.mayBeWhole(stream.wanted, stream, from);
  }

  #prepare(stream: ByteStream, flow: Flow, direction: Direction): void {
    this.#reader.isResyncing = stream.isResyncing || stream.hasGap;
    this.#reader.told = toldOf(stream);
    const reading = stream.reading as StreamReading | undefined;
    this.#reader.isDns = reading?.isDns ?? false;
    this.#reader.http2 = reading?.http2;
    if (direction === 'to-client') this.#reader.answered = exchangeOf(flow)?.answered ?? 'unknown';
  }

  /** The message that was just read, and its body as far as it is there. */
  #consume(
    stream: ByteStream,
    flow: Flow,
    half: HalfFlow,
    next: number,
    raw: RawBytes | undefined,
  ): void {
    this.#noteExchange(flow, stream.offset);
    this.#noteHttp2(stream);
    if (this.#reader.isDns) readingOf(stream).isDns = true;
    const { body, bodyLength, isLast } = this.#reader;
    stream.isResyncing = false;
    stream.consume(next - stream.at, raw === undefined ? bodyLength : 0);
    if (raw !== undefined) raw.bodyLeft = bodyLength;
    if (body === 'chunked') this.#beginChunks(stream);
    if (isLast) half.isDecided = true;
  }

  /** Tells the messages of the window, and takes none out. */
  #lookOver(
    stream: ByteStream,
    half: HalfFlow,
    direction: Direction,
    raw: RawBytes | undefined,
  ): void {
    if (half.isDecided || !this.#readsMessages[direction]) return;
    let at = stream.at + (raw?.bodyLeft ?? 0);
    const { chunks, isDns = false, http2 } = (stream.reading ?? {}) as StreamReading;
    if (chunks?.isOpen) {
      const copy = chunks.clone();
      at = copy.skip(stream.bytes, at, stream.end);
      if (copy.isBroken) return;
    }
    this.#reader.isResyncing = stream.isResyncing;
    this.#reader.told = toldOf(stream);
    this.#reader.isDns = isDns;
    this.#reader.http2 = http2?.fork(false);
    this.#readFrom(stream, at);
  }

  #readBehind(stream: ByteStream, next: number): void {
    this.#reader.told = undefined;
    this.#reader.http2 = this.#reader.http2?.fork(true);
    this.#readFrom(stream, this.#behindBody(stream.bytes, next, stream.end));
  }

  #readFrom(stream: ByteStream, from: number): void {
    this.#readAll(stream.bytes, from, stream.end, stream.offset - stream.at);
  }

  #noteHttp2(stream: ByteStream): void {
    const { http2 } = this.#reader;
    if (http2 === undefined) return;
    http2.commit();
    const reading = readingOf(stream);
    if (reading.http2 !== undefined) return;
    reading.http2 = http2;
    stream.keepReading(reading, HTTP2_COST);
  }

  #beginChunks(stream: ByteStream): void {
    const reading = readingOf(stream);
    if (reading.chunks === undefined) {
      reading.chunks = new ChunkedBody(this.#model.http.endOfLine);
      stream.keepReading(reading, CHUNKS_COST);
    }
    reading.chunks.begin();
  }

  /** Only where the beginning was seen: otherwise an answer may be to a request that was not. */
  #noteExchange(flow: Flow, at: number): void {
    const { request, isAnswered } = this.#reader;
    if (!this.#followsAnswers || !flow.startWasSeen) return;
    if (request !== undefined) {
      if (flow.reading === undefined) flow.rare.reading = new Exchange();
      exchangeOf(flow)?.noteRequest(request, at);
    }
    if (isAnswered) exchangeOf(flow)?.noteAnswer(at);
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
  #readNewBytes(stream: ByteStream, raw: RawBytes): void {
    const scratch = this.#scratch;
    const offset = raw.join(stream, scratch);
    this.#isRawHit = this.#readRaw(scratch.bytes, 0, scratch.end, offset);
    if (!this.#sink.hasFound) raw.keep(stream, scratch);
  }

  #readMessage(bytes: Uint8Array, at: number, end: number, offset: number): number {
    return this.seen.direction === 'to-server'
      ? this.#reader.readToServer(bytes, at, end, offset)
      : this.#reader.readToClient(bytes, at, end, offset);
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
    const first = half.payloads === 1 ? firstSeqOf(flow, half) : undefined;
    const taken = half === flow.toServer ? flow.takenOnSyn : undefined;
    if (first !== undefined && taken !== undefined) startWith(taken, stream, first);
    else if (first !== undefined && this.#skipsGaps) stream.start(first);
    else if (!half.isBelieved || isAllAgain(packet, flow, half)) stream.start(packet.seq);
    else stream.start(half.believedNext);
    stream.isResyncing = !flow.startWasSeen;
    return stream;
  }
}

/** The receiver has what lies between the end of the stream and this segment: it will not be sent again. */
function isBehind(
  { seq }: PacketView,
  flow: Flow,
  half: HalfFlow,
  { nextSeq }: ByteStream,
): boolean {
  if (!half.isBelieved || seqDistance(half.believedNext, seq) < 0) return false;
  const missing = seqDistance(nextSeq, half.believedNext);
  return missing > 1 || (missing === 1 && !flow.hasFinOf(half)); // a FIN has a number, and is no byte
}

/** The number of a direction's first byte, if its SYN was seen. */
function firstSeqOf({ initialSeq, toServer }: Flow, half: HalfFlow): number | undefined {
  if (half !== toServer) return half.first;
  return initialSeq === undefined ? undefined : (initialSeq + 1) | 0;
}

function startWith(bytes: Uint8Array, stream: ByteStream, seq: number): void {
  stream.start(seq);
  stream.push(seq, bytes, 0, bytes.length);
}

/** A box that left the payload of a SYN aside reads it when the client sends all of it again, though the server took some. */
function isAllAgain({ seq }: PacketView, flow: Flow, half: HalfFlow): boolean {
  if (half !== flow.toServer || half.payloads > 1 || seq === half.believedNext) return false;
  const syn = flow.ignored.find(({ reason }) => reason === 'syn-payload');
  if (syn === undefined || seq !== ((syn.seq + 1) | 0)) return false;
  const taken = seqDistance(seq, half.believedNext);
  return taken > 0 && taken < syn.length;
}

function asks(sink: Sink, way: Direction, kinds: readonly ObservationKind[]): boolean {
  return kinds.some((kind) => sink.asksAbout(kind, way));
}

/**
 * Whether messages that go this way are read. What a box reads follows from its model; here it is only left out where nobody
 * could tell, because nothing is asked about them and nothing else depends on them.
 */
function isWorthReading(way: Direction, model: Model, sink: Sink): boolean {
  if (asks(sink, way, kindsOfMessages(way, model)) || mayRefuse(model)) return true;
  const { mode, limit } = model.stream;
  const isStream = mode === 'in-order' || mode === 'full';
  const isBounded = mode === 'first-payload' || limit.packets > 0;
  const bindsBytes = isStream || isBounded || (way === 'to-server' && isForgetful(model));
  // A box that reads segments alone looks at none after it has decided.
  return bindsBytes && asks(sink, way, isStream ? rawKinds(model) : [...rawKinds(model), 'packet']);
}

/** Looked for anywhere in the bytes. */
function rawKinds({ tls, http }: Model): ObservationKind[] {
  const kinds: ObservationKind[] = ['payload'];
  if (tls.parse === 'substring') kinds.push('tls.sni');
  if (http.parse === 'substring') kinds.push('http.host');
  return kinds;
}

/** Names that are looked for in raw bytes are no part of messages. */
function kindsOfMessages(way: Direction, { tls, http, dns }: Model): ObservationKind[] {
  return (way === 'to-server' ? REQUESTS : ANSWERS).filter(
    (kind) =>
      !(kind === 'tls.sni' && tls.parse === 'substring') &&
      !(kind === 'http.host' && http.parse === 'substring') &&
      !(kind === 'dns.qname' && !dns.tcp),
  );
}

/** A box that reads a message is done with its flow. */
function isForgetful({ tls, http }: Model): boolean {
  return tls.onPartial === 'pass-and-forget' || !http.everyRequest;
}

/** Whether reading alone, without a rule, may keep a packet from passing. */
function mayRefuse({ tls, stream }: Model): boolean {
  return (
    tls.onPartial === 'drop' ||
    stream.outOfOrder === 'drop' ||
    stream.overlap === 'strict' ||
    stream.urgent === 'drop' ||
    stream.limit.onLimit !== 'pass'
  );
}

function exchangeOf({ reading }: Flow): Exchange | undefined {
  return reading instanceof Exchange ? reading : undefined;
}

function isNear(packet: PacketView, seq: number): boolean {
  return Math.abs(seqDistance(seq, packet.seq)) < WINDOW;
}

/** Made when it is needed: most streams are followed without one. */
function readingOf(stream: ByteStream): StreamReading {
  if (stream.reading === undefined) stream.keepReading({}, 0);
  return stream.reading as StreamReading;
}

interface StreamReading {
  raw?: RawBytes;
  chunks?: ChunkedBody;
  http2?: Http2Requests;
  isDns?: true;
  /** The message in the window has shown this, if the stream says that it is told. */
  told?: Told;
}

function toldOf({ isTold, reading }: ByteStream): Told | undefined {
  return isTold ? (reading as StreamReading | undefined)?.told : undefined;
}

function noteTold(stream: ByteStream, rule: Rule, shown: Told['shown']): void {
  const rules = [...(toldOf(stream)?.rules ?? []), rule];
  readingOf(stream).told = { rules, shown };
  stream.isTold = true;
}

/** The rest of the window outlives its packet, if there is room. */
function keepHeld(stream: ByteStream, half: HalfFlow, now: Millis): void {
  if (!stream.isClosed && !stream.hold(now)) half.endStream();
}

function rawOf(stream: ByteStream): RawBytes {
  const reading = readingOf(stream);
  if (reading.raw === undefined) {
    reading.raw = new RawBytes();
    stream.keepReading(reading, RAW_BYTES_COST);
  }
  return reading.raw;
}

function skipBody(stream: ByteStream, raw: RawBytes): void {
  const count = Math.min(raw.bodyLeft, stream.end - stream.at);
  if (count === 0) return;
  stream.consume(0, count);
  raw.bodyLeft -= count;
}

/** False where a body is broken off: no message follows. */
function skipChunks(stream: ByteStream): boolean {
  const chunks = (stream.reading as StreamReading | undefined)?.chunks;
  if (chunks === undefined || !chunks.isOpen) return true;
  stream.consume(0, chunks.skip(stream.bytes, stream.at, stream.end) - stream.at);
  return !chunks.isBroken;
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
  'http.head',
  'tls.sni',
  'tls.client-hello',
  'dns.qname',
];
const ANSWERS: readonly ObservationKind[] = ['tls.server-flight', 'dns.qname'];
/** Bytes of memory of a `ChunkedBody`, about. */
const CHUNKS_COST = 96;
/** The same for the fields that a client over HTTP/2 may refer to. */
const HTTP2_COST = 8192;
const FIRST: readonly ObservationKind[] = ['protocol', 'first-payload'];
const LF = 0x0a;
const CR = 0x0d;
