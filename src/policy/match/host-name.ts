import { u8 } from '../../base/bytes.ts';
import { parseUrl } from '../../base/url.ts';

/** What a censor does to a host before it looks it up, and what it takes as it stands. */
export interface HostNormalise {
  /** What the set of names is built with; the bytes stay as they are. */
  readonly case: 'ignored' | 'exact';
  readonly trailingDot: 'strip' | 'literal';
  readonly port: 'strip' | 'literal';
  /** `servers`: as servers do, which look behind blanks around a name, brackets around it and what is no port. */
  readonly extras: 'literal' | 'servers';
  /** A host in UTF-8 becomes what DNS knows it as, `xn--` labels (RFC 5890 §2.3.2.1). */
  readonly idna: boolean;
}

/** One host at a time, as the censor looks it up; valid until the next `read` and no longer than the packet. */
export class HostName {
  bytes: Uint8Array = EMPTY;
  at = 0;
  end = 0;
  readonly #how: HostNormalise;

  constructor(how: HostNormalise) {
    this.#how = how;
  }

  /** Total. Allocates only for a host that is not ASCII, and only if `idna` says so. */
  read(bytes: Uint8Array, at: number, end: number): this {
    const { port, trailingDot, extras, idna } = this.#how;
    this.bytes = bytes;
    this.at = at;
    this.end = port === 'strip' ? withoutPort(bytes, at, end) : end;
    if (extras === 'servers') this.#cutExtras();
    if (idna && !isAscii(bytes, at, this.end)) this.#toALabels();
    if (trailingDot === 'strip') this.end = withoutTrailingDot(this.bytes, this.at, this.end);
    return this;
  }

  /** Also where the port is no number, as in `name:+80`; an address in brackets has colons of its own. */
  #cutExtras(): void {
    const { bytes } = this;
    while (this.at < this.end && isSpace(u8(bytes, this.at))) this.at++;
    if (this.at < this.end && u8(bytes, this.at) === BRACKET) {
      const closeAt = this.#find(CLOSING_BRACKET);
      if (closeAt === this.end) return;
      this.at++;
      this.end = closeAt;
    } else {
      this.end = this.#find(COLON);
    }
    while (this.end > this.at && isSpace(u8(bytes, this.end - 1))) this.end--;
  }

  /** The end, where there is none. */
  #find(byte: number): number {
    let i = this.at;
    while (i < this.end && u8(this.bytes, i) !== byte) i++;
    return i;
  }

  /** What is no host by the WHATWG's URL standard stays as it is. */
  #toALabels(): void {
    const text = new TextDecoder().decode(this.bytes.subarray(this.at, this.end));
    if (text.length > LONGEST_IDNA || URL_SYNTAX.test(text)) return;
    const url = parseUrl(`http://${text}`);
    if (url === undefined) return;
    this.bytes = new TextEncoder().encode(url.hostname);
    this.at = 0;
    this.end = this.bytes.length;
  }
}

/** The end of the name without one trailing dot, the root label of a fully qualified name (RFC 1034 §3.1). */
export function withoutTrailingDot(bytes: Uint8Array, at: number, end: number): number {
  return end - at > 1 && u8(bytes, end - 1) === DOT ? end - 1 : end;
}

/** The end of the host without its `:port` (RFC 9110 §7.2). */
export function withoutPort(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && isDigit(u8(bytes, i - 1))) i--;
  return i > at && u8(bytes, i - 1) === COLON ? i - 1 : end;
}

function isAscii(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (u8(bytes, i) >= 0x80) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

const EMPTY = new Uint8Array(0);
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const DOT = 0x2e;
const COLON = 0x3a;
/** ASCII that would end the host within a URL, or that the URL standard decodes or leaves out. */
const URL_SYNTAX = /[^a-z0-9._\-\u0080-\uffff]/i;
/** A name of 253 bytes in DNS is shorter than this in any script; a longer host is not worth the work. */
const LONGEST_IDNA = 253;
