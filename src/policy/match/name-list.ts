import { u8 } from '../../base/bytes.ts';

/**
 * A list of names as a file holds it, read where it lies: one name a line, LF or CRLF. Empty lines, blanks around a
 * name, what follows `#`, one dot at its end, and a byte order mark at the beginning do not count. `*.` or `.` may stand
 * before a name.
 */
export class NameListReader {
  readonly bytes: Uint8Array;
  /** Where the name last found begins, without what stands before it. */
  at = 0;
  end = 0;
  prefix: '' | '.' | '*.' = '';
  /** Of the name last found, from 1 on. */
  line = 0;
  #lineAt = 0;
  #next: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#next = u8(bytes, 0) === 0xef && u8(bytes, 1) === 0xbb && u8(bytes, 2) === 0xbf ? 3 : 0;
  }

  /** From 1 on, in bytes: where the name last found begins, with what stands before it. */
  get column(): number {
    return this.at - this.prefix.length - this.#lineAt + 1;
  }

  /** Goes to the next name; false if there is none. What has nothing behind `.` or `*.` is an empty one. */
  next(): boolean {
    while (this.#next < this.bytes.length) {
      this.#readLine();
      if (this.end > this.at || this.prefix !== '') return true;
    }
    return false;
  }

  #readLine(): void {
    const { bytes } = this;
    const start = this.#next;
    let lineEnd = start;
    while (lineEnd < bytes.length && u8(bytes, lineEnd) !== LF) lineEnd++;
    this.#next = lineEnd + 1;
    this.#lineAt = start;
    this.line++;
    let at = start;
    while (at < lineEnd && isBlank(u8(bytes, at))) at++;
    let end = at;
    while (end < lineEnd && u8(bytes, end) !== HASH) end++;
    while (end > at && isBlank(u8(bytes, end - 1))) end--;
    this.#readPrefix(at, end);
  }

  #readPrefix(at: number, end: number): void {
    const dotAt = u8(this.bytes, at) === STAR ? at + 1 : at;
    const hasPrefix = dotAt < end && u8(this.bytes, dotAt) === DOT;
    this.prefix = hasPrefix ? (dotAt === at ? '.' : '*.') : '';
    this.at = hasPrefix ? dotAt + 1 : at;
    const isRooted = end > this.at && u8(this.bytes, end - 1) === DOT;
    this.end = isRooted ? end - 1 : end;
  }
}

/** How many names a list can hold at most. */
export function countLines(bytes: Uint8Array): number {
  let count = 1;
  for (let i = 0; i < bytes.length; i++) if (u8(bytes, i) === LF) count++;
  return count;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}

const LF = 0x0a;
const HASH = 0x23;
const DOT = 0x2e;
const STAR = 0x2a;
