import { u8, u16 } from '../../base/bytes.ts';

/** In place of the byte behind the name: these bytes are no name, or the name goes on past their end. */
export const BAD_NAME = -1;
export const SHORT_NAME = -2;

/** A domain name as text, taken out of its labels. Reused: the text is valid until the next `read`. */
export class DnsName {
  /** Labels in the letter case of the message, a dot between them and none at the end; the root is no byte. */
  readonly bytes = new Uint8Array(256);
  end = 0;
  /**
   * Whether a label has a dot or a NUL in it. The dot is written as NUL, so that it is not taken for the end of a label:
   * no name that anybody registers is equal to this one.
   */
  hasOddLabel = false;

  clear(): void {
    this.end = 0;
    this.hasOddLabel = false;
  }

  /**
   * Reads the name at `at` of the message `[messageAt, end)`. Gives the first byte behind it, BAD_NAME or SHORT_NAME.
   * Compression pointers (RFC 1035 §4.1.4) are followed when each points before all that was read so far, which ends.
   */
  read(bytes: Uint8Array, messageAt: number, at: number, end: number): number {
    this.clear();
    let runAt = at;
    let nextAt = -1;
    let pointers = 0;
    let i = this.#readRun(bytes, at, end);
    while (i >= 0 && u8(bytes, i) >= POINTER) {
      if (i + 2 > end) return SHORT_NAME;
      if (nextAt < 0) nextAt = i + 2;
      const target = messageAt + (u16(bytes, i) & POINTER_MASK);
      if (target >= runAt || ++pointers > MOST_POINTERS) return BAD_NAME;
      runAt = target;
      i = this.#readRun(bytes, target, end);
    }
    if (i < 0) return i;
    return nextAt < 0 ? i + 1 : nextAt;
  }

  /** Labels up to the root or a pointer; gives where that is. */
  #readRun(bytes: Uint8Array, at: number, end: number): number {
    let i = at;
    while (i < end) {
      const length = u8(bytes, i);
      if (length === 0 || length >= POINTER) return i;
      if (length > LABEL_LIMIT || this.end + 1 + length > TEXT_LIMIT) return BAD_NAME;
      if (i + 1 + length > end) return SHORT_NAME;
      this.#addLabel(bytes, i + 1, i + 1 + length);
      i += 1 + length;
    }
    return SHORT_NAME;
  }

  #addLabel(bytes: Uint8Array, at: number, end: number): void {
    if (this.end > 0) this.bytes[this.end++] = DOT;
    for (let i = at; i < end; i++) {
      const byte = u8(bytes, i);
      if (byte === DOT || byte === 0) this.hasOddLabel = true;
      this.bytes[this.end++] = byte === DOT ? 0 : byte;
    }
  }
}

/** The first byte behind the name at `at`, pointers not followed; BAD_NAME or SHORT_NAME. */
export function skipName(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end) {
    const length = u8(bytes, i);
    if (length === 0) return i + 1;
    if (length >= POINTER) return i + 2 > end ? SHORT_NAME : i + 2;
    if (length > LABEL_LIMIT) return BAD_NAME;
    i += 1 + length;
  }
  return SHORT_NAME;
}

const DOT = 0x2e;
const LABEL_LIMIT = 63;
/** 255 bytes of labels with their lengths and the root (RFC 1035 §2.3.4) are 253 of text. */
const TEXT_LIMIT = 253;
/** A name has no more labels (RFC 1035 §2.3.4), and a pointer to a pointer stands for none. */
const MOST_POINTERS = 127;
const POINTER = 0xc0;
const POINTER_MASK = 0x3fff;
