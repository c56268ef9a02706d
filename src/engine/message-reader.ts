import { u8, u16 } from '../base/bytes.ts';
import type { Direction } from '../flow/flow.ts';
import type { Model } from '../policy/model.ts';
import type { Observation, ObservationKind } from '../policy/observation.ts';
import { includesPort, type Rule } from '../policy/rule.ts';
import { DnsQuery } from '../wire/dns/query.ts';
import { RequestHead } from '../wire/http/request.ts';
import { headEnd, startsLikeResponse } from '../wire/http/response-head.ts';
import type { ClientHello } from '../wire/tls/client-hello.ts';
import { HandshakeRecords, startsLikePassedOver, startsLikeRecord } from '../wire/tls/records.ts';
import type { Sink } from './sink.ts';

/** Reads messages out of bytes, and tells the sink what stands in them. What it finds is in `rule` and in the observation. */
export class MessageReader {
  rule: Rule | undefined = undefined;
  /** After a message towards the server: nothing that follows it in the flow is of interest. */
  isLast = false;
  /** Set by who reads: the bytes may begin in the middle of anything, so that a length in them says nothing. */
  isResyncing = false;
  /** Bytes that follow the message which nobody reads, and whether their number is not known. */
  bodyLength = 0;
  hasUnknownBody = false;
  /** After a partial message: the least number of bytes in which it may be whole; or BLANK_LINE. */
  wanted = 0;
  readonly #model: Model;
  readonly #sink: Sink;
  readonly #seen: Observation;
  readonly #head: RequestHead;
  readonly #query: DnsQuery;
  readonly #records: HandshakeRecords;
  readonly #flight: HandshakeRecords;
  readonly #asksTls: boolean;
  readonly #asksHttp: boolean;
  readonly #asksDns: { readonly [way in Direction]: boolean };
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
    const asks = (kind: ObservationKind): boolean => sink.asksAbout(kind, 'to-server');
    const readsTls = model.tls.parse !== 'substring' || asks('tls.client-hello');
    this.#asksTls = readsTls && (asks('tls.sni') || asks('tls.client-hello'));
    const readsHttp = model.http.parse !== 'substring' || asks('http.url');
    this.#asksHttp = readsHttp && (asks('http.host') || asks('http.url'));
    const asksDns = (way: Direction): boolean => model.dns.tcp && sink.asksAbout('dns.qname', way);
    this.#asksDns = { 'to-server': asksDns('to-server'), 'to-client': asksDns('to-client') };
  }

  /** The end of a whole message read at `at`; or PARTIAL, UNKNOWN, or REFUSED. */
  readToServer(bytes: Uint8Array, at: number, end: number, offset: number): number {
    this.#begin(offset);
    if (this.#asksTls) {
      const { records } = this.#model.tls;
      if (startsLikeRecord(bytes, at, end, records)) return this.#readHello(bytes, at, end);
      if (records === 'any' && startsLikePassedOver(bytes, at, end)) {
        return this.#skipRecord(bytes, at, end);
      }
      if (this.#model.tls.everyHello && isRecordOf(CHANGE_CIPHER_SPEC, bytes, at, end)) {
        return this.#skipRecord(bytes, at, end);
      }
    }
    if (this.#asksHttp) {
      const next = this.#readRequest(bytes, at, end);
      if (next !== UNKNOWN) return next;
    }
    return this.#readsDns ? this.#readQuery(bytes, at, end) : UNKNOWN;
  }

  /** The same for what a server says: its ServerHello and Certificate, or answers over DNS. */
  readToClient(bytes: Uint8Array, at: number, end: number, offset: number): number {
    this.#begin(offset);
    if (startsLikeRecord(bytes, at, end)) return this.#readFlight(bytes, at, end);
    // RFC 6066 §3: a server may warn, of a name it does not know, before its ServerHello.
    if (isRecordOf(ALERT, bytes, at, end)) return this.#skipRecord(bytes, at, end);
    // Behind a proxy's answer to CONNECT comes what the server says.
    if (startsLikeResponse(bytes, at, end)) return skipHead(bytes, at, end);
    return this.#readsDns ? this.#readQuery(bytes, at, end) : UNKNOWN;
  }

  get #readsDns(): boolean {
    const { packet, direction } = this.#seen;
    if (!this.#asksDns[direction]) return false;
    const port = direction === 'to-server' ? packet.dstPort : packet.srcPort;
    return includesPort(this.#model.dns.ports, port);
  }

  /** Whether a message that was partial, and waits for what is `wanted`, may be whole by now. */
  mayBeWhole(wanted: number, { bytes, at, end }: Window): boolean {
    if (wanted !== BLANK_LINE) return end - at >= wanted;
    if (u8(bytes, end - 1) !== LF) return false;
    const isCrLf = u8(bytes, end - 2) === CR;
    const lineEnd = isCrLf ? end - 3 : end - 2;
    if (u8(bytes, lineEnd) !== LF) return false;
    if (this.#model.http.endOfLine === 'crlf' && !(isCrLf && u8(bytes, lineEnd - 1) === CR)) {
      return false;
    }
    return hasText(bytes, Math.max(at, lineEnd - LONGEST_GAP), lineEnd);
  }

  #begin(offset: number): void {
    this.rule = undefined;
    this.wanted = 0;
    this.#offset = offset;
    this.isLast = false;
    this.bodyLength = 0;
    this.hasUnknownBody = false;
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
      const isNothingYet = records.at === records.end && records.status === 'partial';
      isPartial = (hello.status === 'partial' || isNothingYet) && !records.over;
      this.#wantMessage(end - at, hello.messageEnd);
    }
    if (this.rule !== undefined) return end;
    if (isPartial) return this.#onPartial();
    if (hello.status === 'not-client-hello') return UNKNOWN;
    if (isAlone) return recordEnd(bytes, at, end);
    const { nextAt, over } = this.#records;
    if (nextAt > at) return nextAt;
    return over ? UNKNOWN : PARTIAL; // the message is whole, and its record is not
  }

  /** What is missing of a message of records, and the header of the next one. `messageEnd` is -1 while it is not known. */
  #wantMessage(length: number, messageEnd: number): void {
    const { status, end } = this.#records;
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
    if (hello.status === 'not-client-hello') return;
    if (hello.sniAt >= 0) {
      this.#tellGathered('tls.sni', records, hello.bytes, [hello.sniAt, hello.sniEnd], at);
    }
    if (this.rule === undefined && (hello.status === 'complete' || hello.hasAllExtensions)) {
      const range = [messageAt, hello.messageEnd] as const;
      this.#tellGathered('tls.client-hello', records, hello.bytes, range, at);
    }
  }

  #readRequest(bytes: Uint8Array, at: number, end: number): number {
    const head = this.#head.read(bytes, at, end);
    if (head.status === 'not-http') return UNKNOWN;
    this.#tellHosts(bytes, at);
    if (this.rule === undefined && head.targetAt >= 0) {
      this.#tell('http.url', bytes, head.targetAt, head.targetEnd, head.targetAt - at);
    }
    if (this.rule !== undefined) return end;
    if (head.status === 'partial') {
      this.wanted = BLANK_LINE;
      return PARTIAL;
    }
    this.isLast = !this.#model.http.everyRequest;
    this.bodyLength = head.bodyLength;
    this.hasUnknownBody = head.isChunked;
    return head.headEnd;
  }

  #tellHosts(bytes: Uint8Array, at: number): void {
    const { hosts, hostCount } = this.#head;
    for (let i = 0; i < hostCount && this.rule === undefined; i++) {
      const hostAt = hosts[2 * i] as number;
      this.#tell('http.host', bytes, hostAt, hosts[2 * i + 1] as number, hostAt - at);
    }
  }

  #readQuery(bytes: Uint8Array, at: number, end: number): number {
    const query = this.#query.readTcp(bytes, at, end);
    if (query.status === 'partial') return this.isResyncing ? UNKNOWN : PARTIAL;
    if (query.status === 'not-dns') return UNKNOWN;
    this.tellQuery(query);
    return query.messageEnd;
  }

  /** The name asked for, which stands in a buffer of the query's own. */
  tellQuery(query: DnsQuery): void {
    this.#seen.query = query;
    this.#tell('dns.qname', query.name, 0, query.nameEnd, QUESTION_OFFSET);
  }

  #readFlight(bytes: Uint8Array, at: number, end: number): number {
    const { serverHello, certificate } = this.#seen;
    const isOneRecord = this.#model.tls.recordReassembly === 0;
    const until = isOneRecord ? recordEnd(bytes, at, end) : end;
    const records = this.#flight.read(bytes, at, until);
    this.isLast = true;
    if (records.status === 'not-tls') return UNKNOWN;
    serverHello.readMessage(records.bytes, records.at, records.end);
    certificate.readMessage(records.bytes, records.end, records.end);
    if (serverHello.status === 'not-server-hello') return UNKNOWN;
    if (serverHello.status === 'partial') {
      this.#wantMessage(end - at, serverHello.messageEnd);
      return records.over ? UNKNOWN : PARTIAL;
    }
    certificate.readMessage(records.bytes, serverHello.messageEnd, records.end);
    this.#tellGathered('tls.server-flight', records, records.bytes, [records.at, records.end], at);
    if (this.rule !== undefined) return end;
    this.#wantMessage(end - at, certificate.messageEnd);
    const isWaiting = certificate.status !== 'complete' && serverHello.selectedVersion < 0;
    const isNext = certificate.status === 'partial' || records.end === serverHello.messageEnd;
    const isCutOff = records.status === 'partial' || (!isOneRecord && records.nextAt === end);
    return isWaiting && isNext && isCutOff && !records.over ? PARTIAL : records.nextAt;
  }

  #skipRecord(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < RECORD_HEADER) return PARTIAL;
    const next = at + RECORD_HEADER + u16(bytes, at + 3);
    return next > end ? PARTIAL : next;
  }

  #tell(kind: ObservationKind, bytes: Uint8Array, at: number, end: number, offset: number): void {
    const seen = this.#seen.of(kind, bytes, at, end);
    seen.offset = this.#offset + offset;
    this.rule = this.#sink.take(seen);
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
    this.rule = this.#sink.take(seen);
  }
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

function skipHead(bytes: Uint8Array, at: number, end: number): number {
  const next = headEnd(bytes, at, end);
  return next < 0 ? PARTIAL : next;
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
  return end - at < RECORD_HEADER ? end : Math.min(end, at + RECORD_HEADER + u16(bytes, at + 3));
}

/** Where a message lies in a stream. */
interface Window {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

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
/** Of a name's first letter: behind a message's length over TCP (RFC 1035 §4.2.2), its header, and the label's length. */
const QUESTION_OFFSET = 15;
/** Bytes of a server's handshake messages gathered at most. */
const MOST_OF_FLIGHT = 16_384;
