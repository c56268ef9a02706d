import { lower, u8 } from '../../base/bytes.ts';

/**
 * The head of one HTTP/1 request, read the way a censor reads it: any method token, CRLF or bare LF, header names in
 * any case, the first Host header. Reused; positions are indices into the bytes given to `read`.
 */
export class RequestHead {
  /** `partial`: everything so far fits a request head, but its blank line has not been seen. */
  status: 'not-http' | 'partial' | 'complete' = 'not-http';
  /** -1 until a whole Host line has been seen; the value is without surrounding blanks. */
  hostAt = -1;
  hostEnd = -1;
  /** First byte after the blank line, when `complete`. */
  headEnd = -1;
  contentLength = 0;
  isChunked = false;

  /** Bytes of body that follow the head, as far as the head tells; chunks win over a length (RFC 9112 §6.3). */
  get bodyLength(): number {
    return this.isChunked ? 0 : this.contentLength;
  }

  read(bytes: Uint8Array, at: number, end: number): this {
    this.hostAt = -1;
    this.hostEnd = -1;
    this.headEnd = -1;
    this.contentLength = 0;
    this.isChunked = false;
    this.status = this.#readRequestLine(bytes, at, end);
    return this;
  }

  #readRequestLine(
    bytes: Uint8Array,
    at: number,
    end: number,
  ): 'not-http' | 'partial' | 'complete' {
    let i = at;
    while (i < end && i - at < METHOD_LIMIT && isTokenByte(u8(bytes, i))) i++;
    if (i === end) return i === at ? 'not-http' : 'partial';
    if (i === at || u8(bytes, i) !== SPACE) return 'not-http';
    const lineEnd = findByte(bytes, i, end, LF);
    if (lineEnd < 0) return 'partial';
    if (!endsWithHttpVersion(bytes, i, trimEnd(bytes, i, lineEnd))) return 'not-http';
    return this.#readHeaders(bytes, lineEnd + 1, end);
  }

  #readHeaders(bytes: Uint8Array, at: number, end: number): 'partial' | 'complete' {
    let lineAt = at;
    for (;;) {
      const lineEnd = findByte(bytes, lineAt, end, LF);
      if (lineEnd < 0) return 'partial';
      if (isBlankLine(bytes, lineAt, lineEnd)) {
        this.headEnd = lineEnd + 1;
        return 'complete';
      }
      this.#readHeader(bytes, lineAt, trimEnd(bytes, lineAt, lineEnd));
      lineAt = lineEnd + 1;
    }
  }

  #readHeader(bytes: Uint8Array, at: number, end: number): void {
    if (this.hostAt < 0 && startsWith(bytes, at, end, HOST)) {
      this.hostAt = skipBlanks(bytes, at + HOST.length, end);
      this.hostEnd = end;
    } else if (startsWith(bytes, at, end, CONTENT_LENGTH)) {
      this.contentLength = readNumber(
        bytes,
        skipBlanks(bytes, at + CONTENT_LENGTH.length, end),
        end,
      );
    } else if (startsWith(bytes, at, end, TRANSFER_ENCODING)) {
      this.isChunked = true;
    }
  }
}

/** RFC 9110 §5.6.2: the bytes a method may consist of. */
function isTokenByte(byte: number): boolean {
  return byte < 128 && TOKEN[byte] === 1;
}

function findByte(bytes: Uint8Array, at: number, end: number, wanted: number): number {
  for (let i = at; i < end; i++) if (u8(bytes, i) === wanted) return i;
  return -1;
}

function isBlankLine(bytes: Uint8Array, at: number, end: number): boolean {
  return end === at || (end === at + 1 && u8(bytes, at) === CR);
}

function trimEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && isBlank(u8(bytes, i - 1))) i--;
  return i;
}

function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isBlank(u8(bytes, i))) i++;
  return i;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

/** `name` is lower case and ends with its colon. */
function startsWith(bytes: Uint8Array, at: number, end: number, name: Uint8Array): boolean {
  if (end - at < name.length) return false;
  for (let i = 0; i < name.length; i++) {
    if (lower(u8(bytes, at + i)) !== u8(name, i)) return false;
  }
  return true;
}

function endsWithHttpVersion(bytes: Uint8Array, at: number, end: number): boolean {
  const versionAt = end - HTTP_VERSION.length - 1;
  return versionAt > at && startsWith(bytes, versionAt, end, HTTP_VERSION);
}

function readNumber(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = u8(bytes, i) - 0x30;
    if (digit < 0 || digit > 9 || value > Number.MAX_SAFE_INTEGER / 10 - 9) break;
    value = value * 10 + digit;
  }
  return value;
}

const METHOD_LIMIT = 32;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const HOST = ascii('host:');
const CONTENT_LENGTH = ascii('content-length:');
const TRANSFER_ENCODING = ascii('transfer-encoding:');
/** Followed by one digit. */
const HTTP_VERSION = ascii(' http/1.');
const TOKEN = new Uint8Array(128);
for (const c of "!#$%&'*+-.^_`|~0123456789") TOKEN[c.charCodeAt(0)] = 1;
for (let c = 0x41; c <= 0x5a; c++) {
  TOKEN[c] = 1;
  TOKEN[c + 0x20] = 1;
}
