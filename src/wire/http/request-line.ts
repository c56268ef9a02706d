import { u8 } from '../../base/bytes.ts';
import type { HttpReading } from './reading.ts';
import {
  asciiBytes,
  CR,
  findByte,
  isBlank,
  isTokenByte,
  LF,
  SPACE,
  skipBlanks,
  skipText,
  startsWith,
  startsWithIgnoringCase,
  TAB,
  trimEnd,
  withoutCr,
} from './scan.ts';

/** The first line of an HTTP/1 request: method, target, version. Reused; positions are indices into the bytes read. */
export class RequestLine {
  status: 'not-http' | 'partial' | 'complete' = 'not-http';
  /** -1, as `targetAt`, unless `complete`. */
  methodAt = -1;
  methodEnd = -1;
  targetAt = -1;
  targetEnd = -1;
  /** First byte after the line, when `complete`. */
  nextAt = -1;
  readonly #reading: HttpReading;
  readonly #methods: readonly Uint8Array[] | undefined;
  readonly #methodLimit: number;

  constructor(reading: HttpReading) {
    this.#reading = reading;
    const { methods } = reading;
    this.#methods = typeof methods === 'string' ? undefined : methods.map(asciiBytes);
    this.#methodLimit = methods === 'any-length' ? Number.POSITIVE_INFINITY : METHOD_LIMIT;
  }

  read(bytes: Uint8Array, at: number, end: number): this {
    this.methodAt = -1;
    this.methodEnd = -1;
    this.targetAt = -1;
    this.targetEnd = -1;
    this.nextAt = -1;
    this.status = this.#read(bytes, at, end);
    return this;
  }

  #read(bytes: Uint8Array, at: number, end: number): 'not-http' | 'partial' | 'complete' {
    const methodAt = this.#reading.leadingBlankLines ? this.#skipEmptyLines(bytes, at, end) : at;
    if (methodAt === end) return at === end ? 'not-http' : 'partial';
    const methodEnd = skipToken(bytes, methodAt, Math.min(end, methodAt + this.#methodLimit));
    if (methodEnd === end) return 'partial';
    if (!this.#isMethod(bytes, methodAt, methodEnd)) return 'not-http';
    const lineEnd = findByte(bytes, methodEnd, end, LF);
    if (lineEnd < 0) return 'partial';
    if (this.#reading.endOfLine === 'crlf' && u8(bytes, lineEnd - 1) !== CR) return 'not-http';
    if (!this.#findTarget(bytes, methodEnd, lineEnd)) {
      this.targetAt = -1;
      this.targetEnd = -1;
      return 'not-http';
    }
    this.methodAt = methodAt;
    this.methodEnd = methodEnd;
    this.nextAt = lineEnd + 1;
    return 'complete';
  }

  /** The end of the bytes, too, where only a CR is left whose LF may follow. */
  #skipEmptyLines(bytes: Uint8Array, at: number, end: number): number {
    let i = at;
    if (this.#reading.endOfLine === 'any') {
      while (i < end && (u8(bytes, i) === LF || u8(bytes, i) === CR)) i++;
      return i;
    }
    for (;;) {
      if (i + 1 < end && u8(bytes, i) === CR && u8(bytes, i + 1) === LF) i += 2;
      else return i + 1 === end && u8(bytes, i) === CR ? end : i;
    }
  }

  /** `end` is where the first byte is that no token has. */
  #isMethod(bytes: Uint8Array, at: number, end: number): boolean {
    if (end === at) return false;
    const next = u8(bytes, end);
    if (next !== SPACE && (next !== TAB || this.#reading.whitespace !== 'lenient')) return false;
    if (this.#methods === undefined) return true;
    for (const method of this.#methods) {
      if (method.length === end - at && startsWith(bytes, at, end, method)) return true;
    }
    return false;
  }

  /** `at` is the blank after the method. Sets the target; false where the reading knows no such line. */
  #findTarget(bytes: Uint8Array, at: number, lineEnd: number): boolean {
    const { versions, whitespace } = this.#reading;
    if (whitespace === 'strict') {
      return this.#findTargetStrictly(bytes, at + 1, withoutCr(bytes, at, lineEnd));
    }
    const end = trimEnd(bytes, at, lineEnd);
    if (versions === 'any') return this.#findTargetOfAnyVersion(bytes, at, end);
    const versionAt = lastWordAt(bytes, at, end);
    if (versionAt - 1 <= at || !this.#isVersion(bytes, versionAt, end)) return false;
    if (whitespace === 'standard' && u8(bytes, versionAt - 1) !== SPACE) return false;
    this.targetAt = skipBlanks(bytes, at, versionAt - 1);
    this.targetEnd = trimEnd(bytes, this.targetAt, versionAt - 1);
    return true;
  }

  #findTargetStrictly(bytes: Uint8Array, at: number, end: number): boolean {
    this.targetAt = at;
    this.targetEnd = skipText(bytes, at, end);
    if (this.targetEnd === at) return false;
    if (this.targetEnd === end) return this.#reading.versions === 'any';
    const versionAt = this.targetEnd + 1;
    return (
      u8(bytes, this.targetEnd) === SPACE &&
      versionAt < end &&
      skipText(bytes, versionAt, end) === end &&
      this.#isVersion(bytes, versionAt, end)
    );
  }

  /** Up to what looks like a version at the end of the line; where nothing does, the first word. */
  #findTargetOfAnyVersion(bytes: Uint8Array, at: number, end: number): boolean {
    this.targetAt = skipBlanks(bytes, at, end);
    const versionAt = lastWordAt(bytes, at, end);
    const looksUsual =
      versionAt > this.targetAt && startsWithIgnoringCase(bytes, versionAt, end, HTTP);
    this.targetEnd = looksUsual
      ? trimEnd(bytes, this.targetAt, versionAt)
      : skipText(bytes, this.targetAt, end);
    return this.targetEnd > this.targetAt;
  }

  #isVersion(bytes: Uint8Array, at: number, end: number): boolean {
    const { versions } = this.#reading;
    if (versions === 'any') return true;
    if (end - at !== HTTP_1_1.length) return false;
    if (versions === 'http-1') return startsWithIgnoringCase(bytes, at, end, HTTP_1);
    return startsWith(bytes, at, end, HTTP_1_1) || startsWith(bytes, at, end, HTTP_1_0);
  }
}

function skipToken(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isTokenByte(u8(bytes, i))) i++;
  return i;
}

function lastWordAt(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && !isBlank(u8(bytes, i - 1))) i--;
  return i;
}

const METHOD_LIMIT = 32;
const HTTP = asciiBytes('http/');
const HTTP_1 = asciiBytes('http/1.');
const HTTP_1_0 = asciiBytes('HTTP/1.0');
const HTTP_1_1 = asciiBytes('HTTP/1.1');
