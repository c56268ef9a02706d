import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import { u8 } from '../../base/bytes.ts';
import { counted } from '../../base/counted.ts';
import { ChokepointError } from '../../base/errors.ts';
import { At, Op, type PatternProgram, programOf, takes } from './pattern-program.ts';

/**
 * A regular expression in RE2's syntax over bytes, each of them one character. `re2js` compiles it; it is run here, in
 * all its states at once (Thompson, CACM 11(6), 1968), because the automaton that `re2js` runs grows with hostile input:
 * that took 0.2 µs for each byte and instruction, this takes a few nanoseconds and allocates nothing. Both bytes and
 * instructions are bounded, and so is time.
 */
export class Pattern {
  readonly #program: PatternProgram;
  readonly #hasAssertions: boolean;
  readonly #isFirst: Uint8Array;
  readonly #canBeEmpty: boolean;
  /** Instructions that wait for the byte at the current position. */
  #waiting: Uint16Array;
  #waitingCount = 0;
  #spare: Uint16Array;
  readonly #todo: Uint16Array;
  readonly #addedIn: Int32Array;
  #round = 0;

  /** Throws what `patternError` finds. */
  constructor(text: string) {
    const compiled = compile(text);
    if (typeof compiled === 'string') throw new ChokepointError('SCENARIO_INVALID', compiled);
    this.#program = programOf(compiled);
    const { start, length, op } = this.#program;
    this.#hasAssertions = op.includes(Op.ASSERT);
    this.#waiting = new Uint16Array(length);
    this.#spare = new Uint16Array(length);
    this.#todo = new Uint16Array(2 * length + 1);
    this.#addedIn = new Int32Array(length);
    this.#beginRound();
    this.#canBeEmpty = this.#add(start, ~At.TEXT_BEGIN);
    this.#isFirst = this.#firstBytes();
  }

  /** After a match: where the first one ends. Where that begins is not known. */
  matchedEnd = 0;

  /** Whether it matches anywhere in the first `MAX_INPUT` bytes of the range; `$` is where the range ends. */
  matches(bytes: Uint8Array, at: number, end: number): boolean {
    const { start } = this.#program;
    const limit = Math.min(end, at + MAX_INPUT);
    this.#waitingCount = 0;
    this.matchedEnd = at;
    for (let i = at; i < limit; i++) {
      const byte = u8(bytes, i);
      if (i === at || u8(this.#isFirst, byte) === 1) {
        if (this.#waitingCount === 0) this.#beginRound();
        if (this.#add(start, this.#contextAt(bytes, at, end, i))) return true;
      }
      this.matchedEnd = i + 1;
      if (this.#waitingCount === 0) continue;
      if (this.#take(byte, this.#contextAt(bytes, at, end, i + 1))) return true;
    }
    if (at < limit && !this.#canBeEmpty) return false;
    this.#beginRound();
    return this.#add(start, this.#contextAt(bytes, at, end, limit));
  }

  /** One byte further in every state; whether that completes a match. */
  #take(byte: number, context: number): boolean {
    const { next, taken } = this.#program;
    const waiting = this.#waiting;
    const count = this.#waitingCount;
    this.#waiting = this.#spare;
    this.#spare = waiting;
    this.#beginRound();
    for (let i = 0; i < count; i++) {
      const at = waiting[i] as number;
      if (takes(taken, at, byte) && this.#add(next[at] as number, context)) return true;
    }
    return false;
  }

  /** Adds what is reached from an instruction without a byte; whether the match is. */
  #add(from: number, context: number): boolean {
    const { op, next, other, asserted } = this.#program;
    const todo = this.#todo;
    const addedIn = this.#addedIn;
    const round = this.#round;
    let count = 0;
    for (let at = from; ; at = todo[--count] as number) {
      if (addedIn[at] !== round) {
        addedIn[at] = round;
        const kind = op[at];
        if (kind === Op.MATCH) return true;
        if (kind === Op.BYTE) this.#waiting[this.#waitingCount++] = at;
        if (kind === Op.ALT) todo[count++] = other[at] as number;
        const isOpen = kind === Op.ASSERT && (u8(asserted, at) & ~context) === 0;
        if (kind === Op.ALT || kind === Op.GO || isOpen) todo[count++] = next[at] as number;
      }
      if (count === 0) return false;
    }
  }

  #beginRound(): void {
    this.#waitingCount = 0;
    if (this.#round === LAST_ROUND) this.#addedIn.fill(0);
    this.#round = this.#round === LAST_ROUND ? 1 : this.#round + 1;
  }

  /** What assertions hold before the byte at `i`. */
  #contextAt(bytes: Uint8Array, at: number, end: number, i: number): number {
    if (!this.#hasAssertions) return 0;
    const before = i > at ? u8(bytes, i - 1) : NONE;
    const after = i < end ? u8(bytes, i) : NONE;
    let context = isWord(before) === isWord(after) ? At.NO_WORD_BOUNDARY : At.WORD_BOUNDARY;
    if (before === NONE) context |= At.TEXT_BEGIN;
    if (before === NONE || before === LF) context |= At.LINE_BEGIN;
    if (after === NONE) context |= At.TEXT_END;
    if (after === NONE || after === LF) context |= At.LINE_END;
    return context;
  }

  /** The bytes with which a match can begin, other than at the beginning of the text. */
  #firstBytes(): Uint8Array {
    const waiting = this.#waiting.subarray(0, this.#waitingCount);
    return Uint8Array.from({ length: 256 }, (_, byte) =>
      this.#canBeEmpty || waiting.some((at) => takes(this.#program.taken, at, byte)) ? 1 : 0,
    );
  }
}

/** What is wrong with the text of a regular expression, and what is expected; `undefined` if nothing. */
export function patternError(text: string): string | undefined {
  const compiled = compile(text);
  return typeof compiled === 'string' ? compiled : undefined;
}

/** Its instructions, of which each may be at work on each byte; 0 if `patternError` finds something. */
export function patternSize(text: string): number {
  const compiled = compile(text);
  return typeof compiled === 'string' ? 0 : compiled.programSize();
}

function compile(text: string): RE2JS | string {
  if (text.length > MAX_TEXT) {
    return `found ${counted(text.length, 'character')}; expected at most ${MAX_TEXT}`;
  }
  const foreign = /[^\x20-\x7e]/u.exec(text);
  if (foreign !== null) {
    return `found ${JSON.stringify(foreign[0])}; expected printable ASCII, and other bytes as \\xHH`;
  }
  try {
    const compiled = RE2JS.compile(text);
    const size = compiled.programSize();
    if (size <= MAX_PROGRAM) return compiled;
    return `found an expression of ${size} instructions; expected at most ${MAX_PROGRAM}: what is repeated counts each time`;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `found ${describe(error)}; expected RE2 syntax: no backreference, no lookaround, no repetition above 1000`;
  }
}

function describe(error: RE2JSException): string {
  if (!(error instanceof RE2JSSyntaxException)) return error.message;
  return `${JSON.stringify(error.getPattern() ?? '')} (${error.getDescription()})`;
}

function isWord(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === UNDERSCORE
  );
}

/** Bytes of a range that are looked at. */
const MAX_INPUT = 4096;
/** Characters of an expression. */
const MAX_TEXT = 4096;
/** Instructions of a compiled expression. */
const MAX_PROGRAM = 500;
const LAST_ROUND = 0x3fffffff;
const NONE = -1;
const LF = 0x0a;
const UNDERSCORE = 0x5f;
