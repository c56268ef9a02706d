import { u8 } from '../../base/bytes.ts';
import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { foldingOf } from './byte-folding.ts';
import { buildTrie, nextState, START, type Trie } from './keyword-trie.ts';

export interface KeywordSetOptions {
  readonly caseSensitive?: boolean;
  /** A keyword counts only where no ASCII letter or digit stands right before or after it. */
  readonly wholeToken?: boolean;
}

/**
 * Many keywords found in one pass over the bytes (Aho and Corasick, CACM 18(6), 1975): time is linear in the bytes,
 * whatever the keywords. All keywords together have at most `MAX_KEYWORD_BYTES`, and the automaton 13 bytes for each of
 * those, and 1 MiB of tables for the states that are met most.
 */
export class KeywordSet {
  /** After a hit: which keyword, in the order given (of equal ones the first), and where it lies. */
  keywordIndex = -1;
  /** Less than the beginning of the piece, if the keyword began in an earlier one. */
  matchedAt = 0;
  matchedEnd = 0;
  readonly #wholeToken: boolean;
  readonly #fold: Uint8Array;
  readonly #isTokenByte: Uint8Array;
  readonly #lengths: Int32Array;
  readonly #trie: Trie;
  readonly #rows: Int32Array;
  readonly #rowCount: number;

  /** Text stands for its UTF-8. Throws if a keyword is empty, or if all together are too long. */
  constructor(keywords: Iterable<string | Uint8Array>, options: KeywordSetOptions = {}) {
    this.#wholeToken = options.wholeToken ?? false;
    this.#fold = foldingOf(options.caseSensitive ?? false);
    this.#isTokenByte = this.#wholeToken ? TOKEN_BYTES : NO_BYTES;
    const folded = Array.from(keywords, (keyword) => this.#folded(keyword));
    check(folded);
    this.#lengths = Int32Array.from(folded, ({ length }) => length);
    this.#trie = buildTrie(folded, this.#isTokenByte);
    this.#rowCount = Math.min(this.#trie.stateCount, MAX_ROWS);
    this.#rows = this.#buildRows();
  }

  /**
   * Whether a keyword lies in the byte range: the one that ends first and, of those, the longest. What is around the
   * range does not matter.
   */
  find(bytes: Uint8Array, at: number, end: number): boolean {
    const state = this.feed(KeywordSet.START, bytes, at, end);
    return state === KeywordSet.FOUND || this.finish(state, end);
  }

  /** The state before the first piece of a stream. */
  static readonly START = START;
  /** The state after a hit, in which it stays. */
  static readonly FOUND = -1;

  /**
   * Reads the next piece of a stream, in the state that the piece before left, and returns the state it leaves. A whole
   * token is found with the byte after it, or by `finish`.
   */
  feed(state: number, bytes: Uint8Array, at: number, end: number): number {
    if (state === KeywordSet.FOUND) return state;
    return this.#wholeToken
      ? this.#feedTokens(state, bytes, at, end)
      : this.#feedBytes(state, bytes, at, end);
  }

  /** Whether a whole token lies at the end of the stream. */
  finish(state: number, end: number): boolean {
    if (!this.#wholeToken || state === KeywordSet.FOUND) return false;
    const index = this.#trie.keyword[state] as number;
    return index >= 0 && this.#hit(index, end) === KeywordSet.FOUND;
  }

  #feedBytes(from: number, bytes: Uint8Array, at: number, end: number): number {
    const { keyword } = this.#trie;
    const rows = this.#rows;
    const fold = this.#fold;
    let state = from;
    for (let i = at; i < end; i++) {
      const byte = u8(fold, u8(bytes, i));
      const row = (state << 8) | byte;
      state = row < rows.length ? (rows[row] as number) : this.#next(state, byte);
      const index = keyword[state] as number;
      if (index >= 0) return this.#hit(index, i + 1);
    }
    return state;
  }

  #feedTokens(from: number, bytes: Uint8Array, at: number, end: number): number {
    const { keyword } = this.#trie;
    const rows = this.#rows;
    const fold = this.#fold;
    let state = from;
    for (let i = at; i < end; i++) {
      const byte = u8(fold, u8(bytes, i));
      const index = keyword[state] as number;
      if (index >= 0 && this.#isTokenByte[byte] === 0) return this.#hit(index, i);
      const row = (state << 8) | byte;
      state = row < rows.length ? (rows[row] as number) : this.#next(state, byte);
    }
    return state;
  }

  #next(state: number, byte: number): number {
    return nextState(this.#trie, this.#isTokenByte, state, byte);
  }

  #hit(index: number, end: number): number {
    this.keywordIndex = index;
    this.matchedAt = end - (this.#lengths[index] as number);
    this.matchedEnd = end;
    return KeywordSet.FOUND;
  }

  #folded(keyword: string | Uint8Array): Uint8Array {
    const bytes = typeof keyword === 'string' ? new TextEncoder().encode(keyword) : keyword;
    return bytes.map((byte) => u8(this.#fold, byte));
  }

  /** The next state for every byte, for the states of least depth. */
  #buildRows(): Int32Array {
    const rows = new Int32Array(256 * this.#rowCount);
    for (let i = 0; i < rows.length; i++) {
      rows[i] = nextState(this.#trie, this.#isTokenByte, i >>> 8, i & 0xff);
    }
    return rows;
  }
}

/** The bytes of hexadecimal text, such as `16 03 01`; `undefined` if it is none. */
export function parseHex(text: string): Uint8Array | undefined {
  if (!/^\s*((0x)?[0-9a-f]{2}\s*)+$/i.test(text)) return undefined;
  const digits = text.replace(/0x|\s/gi, '');
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

export function isTokenByte(byte: number): boolean {
  return u8(TOKEN_BYTES, byte) === 1;
}

function check(keywords: readonly Uint8Array[]): void {
  const empty = keywords.findIndex(({ length }) => length === 0);
  const length = keywords.reduce((sum, keyword) => sum + keyword.length, 0);
  if (empty >= 0) {
    throw new ChokepointError(
      'SCENARIO_INVALID',
      `keyword ${empty + 1} is empty; expected a byte or more`,
    );
  }
  if (length > MAX_KEYWORD_BYTES) {
    throw new ChokepointError(
      'SCENARIO_INVALID',
      `the keywords have ${counted(length, 'byte')} together; expected at most ${MAX_KEYWORD_BYTES}`,
    );
  }
}

const MAX_KEYWORD_BYTES = 4 * 1024 * 1024;
const MAX_ROWS = 1024;
const NO_BYTES = new Uint8Array(256);
/** ASCII letters and digits. */
const TOKEN_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
