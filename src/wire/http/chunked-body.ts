import { u8 } from '../../base/bytes.ts';
import { CR, LF, SPACE, TAB } from './scan.ts';

/**
 * A chunked body (RFC 9112 §7.1), passed over byte by byte, in any pieces: sizes with their extensions, the chunks, and the
 * trailer section. What stands in it is opaque. Nothing is kept but where it goes on.
 */
export class ChunkedBody {
  #status: 'open' | 'whole' | 'broken' = 'whole';
  readonly #endOfLine: 'any' | 'crlf';
  #phase: Phase = 'size';
  #hasDigits = false;
  /** The size of the chunk as far as it was read, or what is left of it. */
  #left = 0;
  #isAfterCr = false;

  constructor(endOfLine: 'any' | 'crlf' = 'any') {
    this.#endOfLine = endOfLine;
  }

  /** More of the body is to come. */
  get isOpen(): boolean {
    return this.#status === 'open';
  }

  /** A server refuses the rest with an error and closes the connection, so no message follows. */
  get isBroken(): boolean {
    return this.#status === 'broken';
  }

  /** The next byte is the first one of a body. */
  begin(): this {
    this.#status = 'open';
    this.#beginSize();
    return this;
  }

  /** Another one, which goes on where this does. */
  clone(): ChunkedBody {
    const copy = new ChunkedBody(this.#endOfLine);
    copy.#status = this.#status;
    copy.#phase = this.#phase;
    copy.#hasDigits = this.#hasDigits;
    copy.#left = this.#left;
    copy.#isAfterCr = this.#isAfterCr;
    return copy;
  }

  /** Where the body ends in these bytes, which begin where the last ones ended; `end` while it goes on. */
  skip(bytes: Uint8Array, at: number, end: number): number {
    let i = at;
    while (i < end && this.#status === 'open') {
      if (this.#phase === 'data') {
        const count = Math.min(this.#left, end - i);
        this.#left -= count;
        i += count;
        if (this.#left === 0) this.#phase = 'data-end';
      } else this.#take(u8(bytes, i++));
    }
    return i;
  }

  #take(byte: number): void {
    const isLineEnd = byte === LF && (this.#isAfterCr || this.#endOfLine === 'any');
    switch (this.#phase) {
      case 'size':
        this.#takeSize(byte, isLineEnd);
        break;
      case 'extension':
        if (isLineEnd) this.#endSize();
        break;
      case 'data-end':
        if (isLineEnd) this.#beginSize();
        else if (byte !== CR || this.#isAfterCr) this.#status = 'broken';
        break;
      case 'trailer':
        if (isLineEnd) this.#status = 'whole';
        else if (byte !== CR || this.#isAfterCr) this.#phase = 'trailer-line';
        break;
      default:
        if (isLineEnd) this.#phase = 'trailer';
    }
    this.#isAfterCr = byte === CR;
  }

  #takeSize(byte: number, isLineEnd: boolean): void {
    const digit = hexDigit(byte);
    if (digit >= 0 && !this.#isAfterCr && this.#left <= MOST) {
      this.#left = 16 * this.#left + digit;
      this.#hasDigits = true;
    } else if (!this.#hasDigits) this.#status = 'broken';
    else if (isLineEnd) this.#endSize();
    else if (byte === SEMICOLON || byte === SPACE || byte === TAB) this.#phase = 'extension';
    else if (byte !== CR || this.#isAfterCr) this.#status = 'broken';
  }

  #endSize(): void {
    this.#phase = this.#left === 0 ? 'trailer' : 'data';
  }

  #beginSize(): void {
    this.#phase = 'size';
    this.#left = 0;
    this.#hasDigits = false;
    this.#isAfterCr = false;
  }
}

type Phase = 'size' | 'extension' | 'data' | 'data-end' | 'trailer' | 'trailer-line';

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const SEMICOLON = 0x3b;
/** A chunk that is longer than 2^53 bytes is refused. */
const MOST = Number.MAX_SAFE_INTEGER / 16 - 1;
