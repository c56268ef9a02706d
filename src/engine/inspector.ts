import { u8 } from '../base/bytes.ts';
import type { Flow } from '../flow/flow.ts';
import { InOrderStream } from '../flow/in-order-stream.ts';
import type { ObservationKind } from '../policy/match/matcher.ts';
import type { Policy } from '../policy/policy.ts';
import { findRule, type Rule } from '../policy/rule.ts';
import { RequestHead } from '../wire/http/request.ts';
import type { PacketView } from '../wire/packet.ts';
import { ClientHello } from '../wire/tls/client-hello.ts';

/** What set a rule off, and where; reused, valid until the next inspection. */
export class Hit {
  rule: Rule | undefined = undefined;
  kind: ObservationKind = 'http.host';
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Of the first matched byte, in the segment's payload or in the stream. */
  offset = 0;
  within: 'segment' | 'stream' = 'segment';
}

/** Reads payloads for what the rules ask about: segment by segment, or as a stream, as the model says. */
export class Inspector {
  readonly hit = new Hit();
  readonly #policy: Policy;
  readonly #head = new RequestHead();
  readonly #hello = new ClientHello();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /** True when this segment sets off a rule; `hit` says which and where. */
  inspect(packet: PacketView, flow: Flow, isToServer: boolean): boolean {
    this.hit.rule = undefined;
    return this.#policy.model.stream === 'packet'
      ? this.#inspectSegment(packet)
      : this.#inspectStream(packet, streamOf(flow, packet, isToServer));
  }

  #inspectSegment(packet: PacketView): boolean {
    this.hit.within = 'segment';
    let at = packet.payloadAt;
    // A segment may hold several pipelined requests; a request takes at least one byte, so this ends.
    while (at < packet.ipEnd) {
      const next = this.#readMessage(packet.bytes, at, packet.ipEnd);
      if (this.hit.rule !== undefined) {
        this.hit.offset = this.hit.at - packet.payloadAt;
        return true;
      }
      if (next < 0) return false;
      at = next + this.#head.bodyLength;
    }
    return false;
  }

  #inspectStream(packet: PacketView, stream: InOrderStream): boolean {
    this.hit.within = 'stream';
    const grew = stream.push(packet.seq, packet.bytes, packet.payloadAt, packet.ipEnd);
    while (grew) {
      skipBlankLines(stream);
      if (stream.at === stream.end) break;
      const next = this.#readMessage(stream.bytes, stream.at, stream.end);
      if (this.hit.rule !== undefined) {
        this.hit.offset = stream.offset + this.hit.at - stream.at;
        return true;
      }
      if (next === PARTIAL) break;
      if (next === NOTHING_KNOWN) {
        giveUpOnLine(stream);
      } else {
        stream.isResyncing = this.#head.isChunked;
        stream.consume(next - stream.at, this.#head.bodyLength);
      }
    }
    if (grew && !stream.isClosed) stream.hold();
    return false;
  }

  /** The end of a whole request head read at `at`; or PARTIAL, or NOTHING_KNOWN. Sets `hit.rule` on the way. */
  #readMessage(bytes: Uint8Array, at: number, end: number): number {
    const hello = this.#hello.read(bytes, at, end);
    if (hello.status !== 'not-client-hello') {
      if (hello.sniAt >= 0) this.#test('tls.sni', bytes, hello.sniAt, hello.sniEnd);
      // After its ClientHello a TLS flow is not read any further.
      return hello.status === 'partial' ? PARTIAL : NOTHING_KNOWN;
    }
    const head = this.#head.read(bytes, at, end);
    if (head.status === 'not-http') return NOTHING_KNOWN;
    if (head.hostAt >= 0) this.#test('http.host', bytes, head.hostAt, head.hostEnd);
    return head.status === 'complete' ? head.headEnd : PARTIAL;
  }

  #test(kind: ObservationKind, bytes: Uint8Array, at: number, end: number): void {
    const rule = findRule(this.#policy.rules, kind, bytes, at, end);
    if (rule === undefined) return;
    const { hit } = this;
    hit.rule = rule;
    hit.kind = kind;
    hit.bytes = bytes;
    hit.at = at;
    hit.end = end;
  }
}

function streamOf(flow: Flow, packet: PacketView, isToServer: boolean): InOrderStream {
  const known = isToServer ? flow.streamToServer : flow.streamToClient;
  if (known !== undefined) return known;
  const stream = new InOrderStream(STREAM_LIMIT);
  const edge = isToServer ? flow.toServer : flow.toClient;
  stream.start(edge.isKnown ? edge.next : packet.seq);
  stream.isResyncing = !flow.startWasSeen;
  if (isToServer) flow.streamToServer = stream;
  else flow.streamToClient = stream;
  return stream;
}

/** Between messages, as servers do (RFC 9112 §2.2); before the first one a blank line is taken for another protocol. */
function skipBlankLines(stream: InOrderStream): void {
  while (stream.offset > 0 && stream.at < stream.end && isEndOfLine(stream.bytes, stream.at)) {
    stream.consume(1);
  }
}

/** Where the next message may start anywhere, the next line is up; elsewhere the stream is of no further interest. */
function giveUpOnLine(stream: InOrderStream): void {
  if (!stream.isResyncing) {
    stream.close();
    return;
  }
  let at = stream.at;
  while (at < stream.end && u8(stream.bytes, at) !== LF) at++;
  stream.consume(Math.min(at + 1, stream.end) - stream.at);
}

function isEndOfLine(bytes: Uint8Array, at: number): boolean {
  const byte = u8(bytes, at);
  return byte === LF || byte === CR;
}

const LF = 0x0a;
const CR = 0x0d;
const PARTIAL = -1;
const NOTHING_KNOWN = -2;
/** Bytes of an unfinished request or ClientHello kept per direction; a longer one is let through. A surrogate. */
const STREAM_LIMIT = 16_384;
