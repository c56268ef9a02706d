import { u8, u16 } from '../base/bytes.ts';
import type { Model } from '../policy/model.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import { includesPort, type Rule } from '../policy/rule.ts';
import { HEADER_LENGTH } from '../wire/dns/numbers.ts';
import { DnsQuery } from '../wire/dns/query.ts';
import type { BodyKind } from '../wire/http/body.ts';
import { RequestHead } from '../wire/http/request.ts';
import { ResponseHead, startsLikeResponse } from '../wire/http/response-head.ts';
import { findByte } from '../wire/http/scan.ts';
import { Http2Requests, PREFACE, prefaceLength } from '../wire/http2/requests.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import { HandshakeRecords, startsLikePassedOver, startsLikeRecord } from '../wire/tls/records.ts';
import type { Sink } from './sink.ts';

/** Reads messages out of bytes, and tells the sink all that stands in them. */
export class MessageReader {
  /** After a message towards the server: nothing that follows it in the flow is of interest. */
  isLast = false;
  /** Set by who reads: the bytes may begin in the middle of anything, so that a length in them says nothing. */
  isResyncing = false;
  /** What follows the message, which nobody reads, and how many bytes if it has a length. */
  body: BodyKind = 'none';
  bodyLength = 0;
  /** The method of a request that was read whole, as far as it matters to the answer; undefined where none was. */
  request: RequestKind | undefined = undefined;
  /** An answer was read whole, and no other to the same request follows. */
  isAnswered = false;
  /** The message has set a rule off. */
  hasHit = false;
  /** Set by who reads: what the message shows is told to nobody, and noted in `shown`. */
  isMuted = false;
  shown: Shown[] = [];
  /** Set by who reads: what has been judged of the message; undefined if it has set no rule off. */
  told: Told | undefined = undefined;
  /** Set by who reads: which request the next answer is to. */
  answered: RequestKind | 'unknown' = 'unknown';
  /** Set by who reads: what a connection over HTTP/2 said up to here; undefined before its preface. */
  http2: Http2Requests | undefined = undefined;
  /** DNS over TCP was read; set by who reads, if that was so before. */
  isDns = false;
  /** After a partial message: the least number of bytes in which it may be whole; or BLANK_LINE. */
  wanted = 0;
  readonly #model: Model;
  readonly #sink: Sink;
  readonly #seen: Observation;
  readonly #head: RequestHead;
  #query: DnsQuery;
  readonly #records: HandshakeRecords;
  readonly #flight: HandshakeRecords;
  readonly #answer = new ResponseHead();
  #number = 0;
  /** Of `at` in the segment or stream. */
  #offset = 0;

  constructor(model: Model, sink: Sink, seen: Observation) {
    this.#model = model;
    this.#sink = sink;
    this.#seen = seen;
    this.#head = new RequestHead(model.http);
    this.#query = new DnsQuery(model.dns);
    const { recordReassembly, records } = model.tls;
    this.#records = new HandshakeRecords(recordReassembly, undefined, records);
    this.#flight = new HandshakeRecords(Math.max(recordReassembly, MOST_OF_FLIGHT));
  }

  /** The end of a whole message read at `at`; or PARTIAL, UNKNOWN, or REFUSED. */
  readToServer(bytes: Uint8Array, at: number, end: number, offset: number): number {
    this.#begin(offset);
    if (this.http2 !== undefined) return this.#readFrame(this.http2, bytes, at, end);
    if (this.#model.http.http2) {
      const length = prefaceLength(bytes, at, end);
      if (length > 0) return this.#readPreface(at, length);
    }
    const { records, everyHello } = this.#model.tls;
    if (startsLikeRecord(bytes, at, end, records)) return this.#readHello(bytes, at, end);
    if (records === 'any' && !this.isResyncing && startsLikePassedOver(bytes, at, end)) {
      return this.#skipRecord(bytes, at, end);
    }
    if (everyHello && isRecordOf(CHANGE_CIPHER_SPEC, bytes, at, end)) {
      return this.#skipRecord(bytes, at, end);
    }
    const next = this.#readRequest(bytes, at, end);
    if (next !== UNKNOWN) return next;
    return this.#readsDns ? this.#readQuery(bytes, at, end) : UNKNOWN;
  }

  /** The same for what a server says: its ServerHello and Certificate, or answers over DNS. */
  readToClient(bytes: Uint8Array, at: number, end: number, offset: number): number {
    this.#begin(offset);
    if (startsLikeRecord(bytes, at, end)) return this.#readFlight(bytes, at, end);
    // RFC 6066 §3: a server may warn, of a name it does not know, before its ServerHello.
    if (isRecordOf(ALERT, bytes, at, end)) return this.#skipRecord(bytes, at, end);
    if (startsLikeResponse(bytes, at, end)) return this.#readAnswer(bytes, at, end);
    return this.#readsDns ? this.#readQuery(bytes, at, end) : UNKNOWN;
  }

  get #readsDns(): boolean {
    return this.#model.dns.tcp && includesPort(this.#model.dns.ports, this.#serverPort);
  }

  get #serverPort(): number {
    const { packet, direction } = this.#seen;
    return direction === 'to-server' ? packet.dstPort : packet.srcPort;
  }

  /**
   * Whether a message that was partial, and waits for what is `wanted`, may be whole by now. The end of a head was not found
   * before `from`.
   */
  mayBeWhole(wanted: number, { bytes, at, end }: Window, from = at): boolean {
    if (wanted !== BLANK_LINE) return end - at >= wanted;
    let lfAt = findByte(bytes, from, end, LF);
    while (lfAt >= 0 && !this.#isEndOfHead(bytes, at, lfAt)) {
      lfAt = findByte(bytes, lfAt + 1, end, LF);
    }
    return lfAt >= 0;
  }

  /** Whether this LF ends a blank line behind text. */
  #isEndOfHead(bytes: Uint8Array, at: number, lfAt: number): boolean {
    const isCrLf = u8(bytes, lfAt - 1) === CR;
    const lineEnd = isCrLf ? lfAt - 2 : lfAt - 1;
    if (u8(bytes, lineEnd) !== LF) return false;
    if (this.#model.http.endOfLine === 'crlf' && !(isCrLf && u8(bytes, lineEnd - 1) === CR)) {
      return false;
    }
    return hasText(bytes, Math.max(at, lineEnd - LONGEST_GAP), lineEnd);
  }

  #begin(offset: number): void {
    this.hasHit = false;
    this.#number = (this.#number + 1) & 0x3fffffff;
    this.#seen.message = this.#number;
    this.wanted = 0;
    this.#offset = offset;
    this.isLast = false;
    this.body = 'none';
    this.bodyLength = 0;
    this.request = undefined;
    this.isAnswered = false;
    if (this.isMuted) this.shown = [];
  }

  #readHello(bytes: Uint8Array, at: number, end: number): number {
    const { parse, records: which, recordReassembly, everyHello } = this.#model.tls;
    if (parse === 'prefix-strict' && !hasCommonPrefix(bytes, at, end)) return UNKNOWN;
    this.isLast = !everyHello;
    const { hello } = this.#seen;
    hello.read(bytes, at, end, which);
    let isPartial: boolean;
    const isAlone = recordReassembly === 0 || isInRecord(hello, at);
    if (isAlone) {
      this.#tellHello(at, at + RECORD_HEADER, undefined);
      isPartial = hello.status === 'partial';
      this.wanted = end - at < RECORD_HEADER ? RECORD_HEADER : RECORD_HEADER + u16(bytes, at + 3);
    } else {
      const records = this.#records.read(bytes, at, end);
      hello.readMessage(records.bytes, records.at, records.end);
      this.#tellHello(at, records.at, records);
      isPartial = hello.status === 'partial' && !records.over;
      this.#wantMessage(records, end - at, hello.messageEnd);
    }
    if (isPartial) return this.#onPartial();
    if (hello.status === 'not-client-hello') return UNKNOWN;
    if (isAlone) return recordEnd(bytes, at, end);
    const { nextAt, over } = this.#records;
    if (nextAt > at) return nextAt;
    return over ? UNKNOWN : PARTIAL; // the message is whole, and its record is not
  }

  /** What is missing of a message of records, and the header of the next one. `messageEnd` is -1 while it is not known. */
  #wantMessage({ status, end }: HandshakeRecords, length: number, messageEnd: number): void {
    const missing = messageEnd < 0 ? 1 : messageEnd - end;
    this.wanted = length + missing + (status === 'partial' ? 0 : RECORD_HEADER);
  }

  #onPartial(): number {
    switch (this.#model.tls.onPartial) {
      case 'wait':
        return PARTIAL;
      case 'drop':
        return REFUSED;
      case 'pass-and-forget':
        this.isLast = true;
        return UNKNOWN;
    }
  }

  /** `messageAt` is in the bytes of the message; `records` if it was gathered from them. */
  #tellHello(at: number, messageAt: number, records: HandshakeRecords | undefined): void {
    const seen = this.#seen;
    const { hello } = seen;
    seen.isQuic = false;
    if (hello.sniAt >= 0 && this.#model.tls.parse !== 'substring') {
      this.#tellGathered('tls.sni', records, hello.bytes, [hello.sniAt, hello.sniEnd], at);
    }
    if (hello.status === 'complete' || hello.hasAllExtensions) {
      const range = [messageAt, hello.messageEnd] as const;
      this.#tellGathered('tls.client-hello', records, hello.bytes, range, at);
    }
  }

  #readRequest(bytes: Uint8Array, at: number, end: number): number {
    const head = this.#head.read(bytes, at, end);
    if (head.status === 'not-http') return UNKNOWN;
    if (this.#model.http.parse !== 'substring') this.#tellHosts(bytes, at);
    if (head.targetAt >= 0) {
      this.#tell('http.url', bytes, head.targetAt, head.targetEnd, head.targetAt - at);
    }
    if (head.status === 'partial') {
      this.wanted = BLANK_LINE;
      return PARTIAL;
    }
    this.#tell('http.head', bytes, at, head.headEnd, 0);
    this.request = head.method;
    this.body = head.body;
    this.bodyLength = head.bodyLength;
    this.isLast = !this.#model.http.everyRequest || this.body === 'refused';
    return head.headEnd;
  }

  #tellHosts(bytes: Uint8Array, at: number): void {
    const { hosts, hostCount } = this.#head;
    for (let i = 0; i < hostCount; i++) {
      const hostAt = hosts[2 * i] as number;
      this.#tell('http.host', bytes, hostAt, hosts[2 * i + 1] as number, hostAt - at);
    }
  }

  #readPreface(at: number, length: number): number {
    this.wanted = PREFACE.length;
    if (length < PREFACE.length) return PARTIAL;
    this.http2 = new Http2Requests();
    return at + length;
  }

  /** One frame; the authority of a request counts as its host, beside any field of that name (RFC 9113 §8.3.1). */
  #readFrame(http2: Http2Requests, bytes: Uint8Array, at: number, end: number): number {
    const next = http2.read(bytes, at, end);
    this.wanted = http2.wanted;
    if (next === 'partial') return PARTIAL;
    if (next === 'broken') return UNKNOWN;
    this.body = http2.bodyLength > 0 ? 'length' : 'none';
    this.bodyLength = http2.bodyLength;
    const { fields } = http2;
    if (fields !== undefined) for (const { name, value } of fields) this.#tellField(name, value);
    this.isLast = fields !== undefined && !this.#model.http.everyRequest;
    return next;
  }

  /** A compressed field has no place of its own in the stream: the place of its frame counts. */
  #tellField(name: string, value: Uint8Array): void {
    const isHost = name === ':authority' || name === 'host';
    if (isHost && this.#model.http.parse !== 'substring') {
      this.#tell('http.host', value, 0, value.length, 0);
    }
    if (name === ':path') this.#tell('http.url', value, 0, value.length, 0);
  }

  /** Behind a proxy's answer to CONNECT comes what the server says. */
  #readAnswer(bytes: Uint8Array, at: number, end: number): number {
    const { headEnd, isInterim, contentLength } = this.#answer.read(bytes, at, end);
    if (headEnd < 0) return PARTIAL;
    this.body = this.#answer.bodyFor(this.answered);
    this.bodyLength = this.body === 'length' ? contentLength : 0;
    this.isLast = this.body === 'until-close';
    this.isAnswered = !isInterim;
    return headEnd;
  }

  #readQuery(bytes: Uint8Array, at: number, end: number): number {
    const query = this.#query.readTcp(bytes, at, end);
    if (query.status === 'partial') return this.isResyncing ? UNKNOWN : PARTIAL;
    if (query.status === 'not-dns') return this.#skipDns(bytes, at, end);
    this.isDns = true;
    this.#seen.query = query;
    const isHit = this.#tell('dns.qname', query.name, 0, query.nameEnd, QUESTION_OFFSET);
    if (isHit) this.#query = new DnsQuery(this.#model.dns); // an answer is made of the one that was read
    return query.messageEnd;
  }

  /** Passes over a message without a question, or of another class, on port 53 or behind DNS that was read. */
  #skipDns(bytes: Uint8Array, at: number, end: number): number {
    const length = u16(bytes, at);
    const isDns = this.isDns || this.#serverPort === DNS_PORT;
    if (!isDns || this.isResyncing || length < HEADER_LENGTH) return UNKNOWN;
    this.wanted = 2 + length;
    return end - at < this.wanted ? PARTIAL : at + this.wanted;
  }

  #readFlight(bytes: Uint8Array, at: number, end: number): number {
    const { serverHello, certificate } = this.#seen;
    const isOneRecord = this.#model.tls.recordReassembly === 0;
    const until = isOneRecord ? recordEnd(bytes, at, end) : end;
    const records = this.#flight.read(bytes, at, until);
    this.isLast = true;
    serverHello.readMessage(records.bytes, records.at, records.end);
    certificate.readMessage(records.bytes, records.end, records.end);
    if (serverHello.status === 'not-server-hello') return UNKNOWN;
    if (serverHello.status === 'partial') {
      this.#wantMessage(records, end - at, serverHello.messageEnd);
      return records.over ? UNKNOWN : PARTIAL;
    }
    certificate.readMessage(records.bytes, serverHello.messageEnd, records.end);
    this.#tellGathered('tls.server-flight', records, records.bytes, [records.at, records.end], at);
    this.#wantMessage(records, end - at, certificate.messageEnd);
    const isWaiting = certificate.status === 'partial' && serverHello.selectedVersion < 0;
    const isCutOff = records.status === 'partial' || (!isOneRecord && records.nextAt === end);
    return isWaiting && isCutOff && !records.over ? PARTIAL : records.nextAt;
  }

  #skipRecord(bytes: Uint8Array, at: number, end: number): number {
    const next = at + RECORD_HEADER + u16(bytes, at + 3);
    return next > end ? PARTIAL : next;
  }

  #tell(
    kind: ObservationKind,
    bytes: Uint8Array,
    at: number,
    end: number,
    offset: number,
  ): boolean {
    const seen = this.#seen.of(kind, bytes, at, end);
    seen.offset = this.#offset + offset;
    return this.#take(seen);
  }

  /** The same for a range of what may have been gathered from records; the first begins at `sourceAt`. */
  #tellGathered(
    kind: ObservationKind,
    records: HandshakeRecords | undefined,
    bytes: Uint8Array,
    [at, end]: readonly [number, number],
    sourceAt: number,
  ): void {
    const seen = this.#seen.of(kind, bytes, at, end);
    seen.records = records;
    seen.offset = this.#offset + (records === undefined ? at : records.sourceAt(at)) - sourceAt;
    this.#take(seen);
  }

  #take(seen: Observation): boolean {
    const { told } = this;
    if (this.isMuted) {
      this.shown.push({ kind: seen.kind, offset: seen.offset, length: seen.end - seen.at });
      return false;
    }
    if (told !== undefined) {
      seen.isOld = told.shown.some((one) => isSame(one, seen));
      seen.setOff = told.rules;
    }
    const isHit = this.#sink.take(seen);
    if (isHit) this.hasHit = true;
    return isHit;
  }
}

function isSame({ kind, offset, length }: Shown, seen: Observation): boolean {
  return kind === seen.kind && offset === seen.offset && length === seen.end - seen.at;
}

/** Record version 3.1 or 3.3, and as client's version one of TLS 1.0 to 1.2, as all common clients send them. */
function hasCommonPrefix(bytes: Uint8Array, at: number, end: number): boolean {
  const minor = u8(bytes, at + 2);
  if (at + 2 < end && minor !== 1 && minor !== 3) return false;
  const version = u16(bytes, at + 9);
  return at + 11 > end || (version >= 0x0301 && version <= 0x0303);
}

/** The record that begins here holds the whole message, or is to. */
function isInRecord({ bytes, messageEnd }: ClientHello, at: number): boolean {
  return messageEnd >= 0 && messageEnd <= at + RECORD_HEADER + u16(bytes, at + 3);
}

/** As far as there are bytes. */
function isRecordOf(type: number, bytes: Uint8Array, at: number, end: number): boolean {
  return u8(bytes, at) === type && (at + 1 >= end || u8(bytes, at + 1) === 3);
}

/** Blank lines alone, which may come before a request, are no head. */
function hasText(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = end - 1; i >= at; i--) {
    if (u8(bytes, i) !== CR && u8(bytes, i) !== LF) return true;
  }
  return false;
}

function recordEnd(bytes: Uint8Array, at: number, end: number): number {
  return Math.min(end, at + RECORD_HEADER + u16(bytes, at + 3));
}

/** What has been judged of a message, more of which is to come. */
export interface Told {
  /** The rules that it has set off. */
  readonly rules: readonly Rule[];
  /** What it had shown when it did so last. */
  readonly shown: readonly Shown[];
}

/** An observation, by its place in the segment or stream. */
interface Shown {
  readonly kind: ObservationKind;
  readonly offset: number;
  readonly length: number;
}

/** Where a message lies in a stream. */
interface Window {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

/** The methods that decide whether their answers have a body. */
export type RequestKind = RequestHead['method'];

/** More bytes are needed. */
export const PARTIAL = -1;
/** Nothing that is of interest. */
export const UNKNOWN = -2;
/** The box lets nothing like it through. */
export const REFUSED = -3;
/** In place of a number of bytes: the head of a request, which has no length. */
const BLANK_LINE = -1;
/** Stray CRs at most at the end of a header line. */
const LONGEST_GAP = 16;
const LF = 0x0a;
const CR = 0x0d;
const RECORD_HEADER = 5;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const DNS_PORT = 53;
/** Of a name's first letter: behind a message's length over TCP (RFC 1035 §4.2.2), its header, and the label's length. */
const QUESTION_OFFSET = 15;
/** Bytes of a server's handshake messages gathered at most. */
const MOST_OF_FLIGHT = 16_384;
