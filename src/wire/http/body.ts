import { lower, u8 } from '../../base/bytes.ts';
import { asciiBytes, isBlank, readNumber, skipBlanks, trimEnd } from './scan.ts';

/** How the end of a body is found; `refused`: a server answers such a head with an error and closes the connection. */
export type BodyKind = 'none' | 'length' | 'chunked' | 'until-close' | 'refused';

/**
 * What the header fields of one message say of its body (RFC 9112 §6.3). Reused; give it the value of every Content-Length and
 * every Transfer-Encoding.
 */
export class BodyFields {
  /** The last Content-Length; 0 without one. */
  contentLength = 0;
  hasLength = false;
  /** A Content-Length is no number, or says something else than another one (RFC 9112 §6.3, rule 5). */
  isBadLength = false;
  hasCoding = false;
  /** The last coding of the last Transfer-Encoding is `chunked`. */
  isChunked = false;

  begin(): void {
    this.contentLength = 0;
    this.hasLength = false;
    this.isBadLength = false;
    this.hasCoding = false;
    this.isChunked = false;
  }

  /** A list of one number, several times, is that number. */
  readLength(bytes: Uint8Array, at: number, end: number): void {
    const valueEnd = trimEnd(bytes, at, end);
    let i = skipBlanks(bytes, at, valueEnd);
    do {
      const digitsAt = i;
      while (i < valueEnd && isDigit(u8(bytes, i))) i++;
      const length = readNumber(bytes, digitsAt, i);
      if (i === digitsAt || (this.hasLength && length !== this.contentLength)) {
        this.isBadLength = true;
      }
      this.contentLength = length;
      this.hasLength = true;
      i = skipBlanks(bytes, i, valueEnd);
      if (i < valueEnd && u8(bytes, i) !== COMMA) this.isBadLength = true;
      i = skipBlanks(bytes, i + 1, valueEnd);
    } while (i < valueEnd && !this.isBadLength);
  }

  /** Several codings are applied in their order, so the last one frames the body (RFC 9112 §6.1). */
  readCoding(bytes: Uint8Array, at: number, end: number): void {
    this.hasCoding = true;
    const codingEnd = trimEnd(bytes, at, end);
    const codingAt = codingEnd - CHUNKED.length;
    this.isChunked =
      codingAt >= at &&
      isCoding(bytes, codingAt) &&
      (codingAt === at || isBlank(u8(bytes, codingAt - 1)) || u8(bytes, codingAt - 1) === COMMA);
  }

  /** Of a request. Chunks win over a length; a body whose last coding is another has no end that a server could find. */
  get ofRequest(): BodyKind {
    if (this.hasCoding) return this.isChunked ? 'chunked' : 'refused';
    if (this.isBadLength) return 'refused';
    return this.contentLength > 0 ? 'length' : 'none';
  }

  /** Of a response that may have a body. */
  get ofResponse(): BodyKind {
    if (this.hasCoding) return this.isChunked ? 'chunked' : 'until-close';
    if (!this.hasLength || this.isBadLength) return 'until-close';
    return this.contentLength > 0 ? 'length' : 'none';
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isCoding(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < CHUNKED.length; i++) {
    if (lower(u8(bytes, at + i)) !== u8(CHUNKED, i)) return false;
  }
  return true;
}

const CHUNKED = asciiBytes('chunked');
const COMMA = 0x2c;
