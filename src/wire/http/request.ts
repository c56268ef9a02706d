import { u8 } from '../../base/bytes.ts';
import { BodyFields, type BodyKind } from './body.ts';
import { type HttpReading, STANDARD_READING } from './reading.ts';
import { RequestLine } from './request-line.ts';
import {
  asciiBytes,
  COLON,
  CR,
  findByte,
  isBlank,
  LF,
  SPACE,
  skipBlanks,
  skipFolds,
  startsWith,
  startsWithIgnoringCase,
  TAB,
  trimFolds,
  withoutCr,
} from './scan.ts';
import { afterUserinfo, authorityAt, authorityEnd, skipSlashes } from './target.ts';

/**
 * The head of one HTTP/1 request, read the way a censor reads it. Reused; positions are indices into the bytes given to
 * `read`.
 */
export class RequestHead {
  /** `partial`: everything so far fits a request head, but its blank line has not been seen. */
  status: 'not-http' | 'partial' | 'complete' = 'not-http';
  /** -1 until the reading shows a host; the value is without surrounding blanks, but may have a port. */
  hostAt = -1;
  hostEnd = -1;
  /** Where more than one counts, all of them, the one above first: pairs of where it begins and ends, so many. */
  readonly hosts = new Int32Array(2 * MOST_HOSTS);
  hostCount = 0;
  /** First byte after the blank line, when `complete`. */
  headEnd = -1;
  readonly #reading: HttpReading;
  readonly #line: RequestLine;
  readonly #body = new BodyFields();
  #bytes: Uint8Array = EMPTY;

  constructor(reading: HttpReading = STANDARD_READING) {
    this.#reading = reading;
    this.#line = new RequestLine(reading);
  }

  /** What follows a complete head. CONNECT has no body: the tunnel begins behind the head (RFC 9110 §9.3.6). */
  get body(): BodyKind {
    return this.method === 'connect' ? 'none' : this.#body.ofRequest;
  }
  /** Bytes of body that follow the head, where it tells their number. */
  get bodyLength(): number {
    return this.body === 'length' ? this.contentLength : 0;
  }
  get contentLength(): number {
    return this.#body.contentLength;
  }
  get isChunked(): boolean {
    return this.#body.isChunked;
  }
  /** Methods whose answers have no body of their own (RFC 9112 §6.3). */
  get method(): 'head' | 'connect' | 'other' {
    if (this.#isMethod(HEAD)) return 'head';
    return this.#isMethod(CONNECT) ? 'connect' : 'other';
  }
  /** -1, as the other three, until the request line is whole. */
  get methodAt(): number {
    return this.#line.methodAt;
  }
  get methodEnd(): number {
    return this.#line.methodEnd;
  }
  get targetAt(): number {
    return this.#line.targetAt;
  }
  get targetEnd(): number {
    return this.#line.targetEnd;
  }

  read(bytes: Uint8Array, at: number, end: number): this {
    this.hostAt = -1;
    this.hostEnd = -1;
    this.hosts.fill(0, 0, 2 * this.hostCount);
    this.hostCount = 0;
    this.headEnd = -1;
    this.#body.begin();
    this.#bytes = bytes;
    const line = this.#line.read(bytes, at, end);
    this.status =
      line.status === 'complete' ? this.#readHead(bytes, line.nextAt, end) : line.status;
    if (this.status === 'partial' && this.#reading.whenHost === 'head') {
      this.hostAt = this.hostEnd = -1;
      this.hostCount = 0;
    }
    return this;
  }

  #readHead(bytes: Uint8Array, at: number, end: number): 'partial' | 'complete' {
    const { hostField, whitespace } = this.#reading;
    if (hostField === 'target' || hostField === 'every') this.#readTarget(bytes);
    let lineAt = at;
    for (;;) {
      let lineEnd = this.#findLineEnd(bytes, lineAt, end);
      if (lineEnd < 0) return 'partial';
      if (isBlankLine(bytes, lineAt, lineEnd)) {
        this.headEnd = lineEnd + 1;
        return 'complete';
      }
      while (whitespace === 'lenient' && isFold(bytes, lineEnd + 1, end)) {
        lineEnd = this.#findLineEnd(bytes, lineEnd + 1, end);
        if (lineEnd < 0) return 'partial';
      }
      this.#readHeader(bytes, lineAt, lineEnd);
      lineAt = lineEnd + 1;
    }
  }

  /** Where the LF is that ends the line at `at`. */
  #findLineEnd(bytes: Uint8Array, at: number, end: number): number {
    let i = findByte(bytes, at, end, LF);
    if (this.#reading.endOfLine === 'any') return i;
    while (i >= 0 && u8(bytes, i - 1) !== CR) i = findByte(bytes, i + 1, end, LF);
    return i;
  }

  #readTarget(bytes: Uint8Array): void {
    const { targetAt, targetEnd } = this.#line;
    const authority = authorityAt(bytes, targetAt, targetEnd);
    if (authority >= 0) {
      const isEvery = this.#reading.hostField === 'every';
      const at = isEvery ? skipSlashes(bytes, authority, targetEnd) : authority;
      const hostEnd = authorityEnd(bytes, at, targetEnd);
      const hostAt = afterUserinfo(bytes, at, hostEnd);
      if (hostEnd > hostAt) this.#setHost(hostAt, hostEnd);
    } else if (this.#isMethod(CONNECT)) {
      this.#setHost(targetAt, targetEnd);
    }
  }

  #readHeader(bytes: Uint8Array, at: number, end: number): void {
    const hostAt = this.#hostValueAt(bytes, at, end);
    if (hostAt >= 0) this.#readHost(bytes, hostAt, end);
    const lengthAt = this.#valueAt(bytes, at, end, CONTENT_LENGTH);
    if (lengthAt >= 0) this.#body.readLength(bytes, lengthAt, end);
    const codingAt = this.#valueAt(bytes, at, end, TRANSFER_ENCODING);
    if (codingAt >= 0) this.#body.readCoding(bytes, codingAt, end);
  }

  #isMethod(method: Uint8Array): boolean {
    const { methodAt, methodEnd } = this.#line;
    const isAsLong = methodAt >= 0 && methodEnd - methodAt === method.length;
    return isAsLong && startsWith(this.#bytes, methodAt, methodEnd, method);
  }

  #readHost(bytes: Uint8Array, at: number, end: number): void {
    const { hostField } = this.#reading;
    if (this.hostAt >= 0 && (hostField === 'first' || hostField === 'target')) return;
    if (this.#reading.whitespace !== 'strict') {
      const hostEnd = trimFolds(bytes, at, end);
      this.#setHost(skipFolds(bytes, at, hostEnd), hostEnd);
      return;
    }
    const valueEnd = withoutCr(bytes, at, end);
    if (at >= valueEnd || u8(bytes, at) !== SPACE) return;
    if (at + 1 < valueEnd && isBlank(u8(bytes, at + 1))) return;
    this.#setHost(at + 1, valueEnd);
  }

  #hostValueAt(bytes: Uint8Array, at: number, end: number): number {
    if (this.#reading.nameCase === 'exact' && !startsWith(bytes, at, end, EXACT_HOST)) return -1;
    return this.#valueAt(bytes, at, end, HOST);
  }

  /** Where the value of the header line begins, if its name is this one, in small letters; or -1. */
  #valueAt(bytes: Uint8Array, at: number, end: number, name: Uint8Array): number {
    if (!startsWithIgnoringCase(bytes, at, end, name)) return -1;
    const nameEnd = at + name.length;
    const isLenient = this.#reading.whitespace === 'lenient';
    const colonAt = isLenient ? skipBlanks(bytes, nameEnd, end) : nameEnd;
    return colonAt < end && u8(bytes, colonAt) === COLON ? colonAt + 1 : -1;
  }

  #setHost(at: number, end: number): void {
    const isFurther = this.#reading.hostField === 'every' && this.hostAt >= 0;
    if (!isFurther) {
      this.hostAt = at;
      this.hostEnd = end;
      this.hostCount = 0;
    }
    if (this.hostCount === MOST_HOSTS) return;
    this.hosts[2 * this.hostCount] = at;
    this.hosts[2 * this.hostCount + 1] = end;
    this.hostCount++;
  }
}

function isBlankLine(bytes: Uint8Array, at: number, end: number): boolean {
  return end === at || (end === at + 1 && u8(bytes, at) === CR);
}

/** Whether the line that begins here goes on with the one before (RFC 9112 §5.2). */
function isFold(bytes: Uint8Array, at: number, end: number): boolean {
  return at < end && (u8(bytes, at) === SPACE || u8(bytes, at) === TAB);
}

/** What servers refuse anyway, mostly, is bounded. */
const MOST_HOSTS = 16;
const EMPTY = new Uint8Array(0);
const EXACT_HOST = asciiBytes('Host');
const HOST = asciiBytes('host');
const CONTENT_LENGTH = asciiBytes('content-length');
const TRANSFER_ENCODING = asciiBytes('transfer-encoding');
const HEAD = asciiBytes('HEAD');
const CONNECT = asciiBytes('CONNECT');
