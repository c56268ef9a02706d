import { quoted, shorten } from '../base/showable.ts';
import { foreignByteAt } from '../base/utf8.ts';
import { FOUND_UTF16, isUtf16 } from '../base/utf16.ts';
import { findJsonFault } from './json-fault.ts';
import { type Line, MAX_LENGTH } from './lines.ts';
import { findWrongKey } from './wrong-key.ts';

/** A value of a file, or what is wrong with it, with the line where it begins. */
export type Document =
  | {
      readonly line: number;
      readonly value: unknown;
      /** The value as it was written; `undefined` if there was more in the text. */
      readonly text?: string;
    }
  | { readonly line: number; readonly column?: number; readonly wrong: string };

/**
 * The JSON values of a file: one a line, or each spread over many, alone or as the items of a list. Which of them it is shows with
 * the first. A line that is none is told, and costs nothing but itself, wherever it is; only a file of UTF-16 is given up.
 */
export async function* documentsOf(lines: AsyncIterable<Line>): AsyncGenerator<Document> {
  const reader = new DocumentReader();
  let isFirst = true;
  for await (const { number: line, bytes, isCut = false } of lines) {
    const decoded = bytes === undefined ? TOO_LONG : decode(bytes, isFirst);
    const found = 'wrong' in decoded ? [{ line, ...decoded }] : reader.read(line, decoded.text);
    // The caller tells the error that cut the line.
    for (const document of found) if (!isCut || 'value' in document) yield document;
    if (decoded === UTF16) return;
    isFirst = false;
  }
  yield* reader.end();
}

class DocumentReader {
  #open: Open | undefined;
  /** Whether a value has come that has a line to itself, as those that follow will have. */
  #isLineByLine = false;
  /** Where a list was opened whose items are the values. */
  #list: { readonly line: number; readonly column: number } | undefined;

  *read(line: number, text: string): Generator<Document> {
    if (text.trim() === '') return;
    const open = this.#open;
    if (open !== undefined && !beginsAnother(text)) {
      open.add(text);
      if (open.depth <= 0) yield* this.#close();
      return;
    }
    if (open !== undefined) yield* this.#close();
    const item = this.#itemOf(line, text);
    if (item.trim() === '') return;
    this.#open = new Open(line, item);
    const isWhole = this.#open.depth <= 0;
    if (!isWhole && !this.#isLineByLine) return;
    for (const document of this.#close()) {
      this.#isLineByLine ||= 'value' in document;
      yield document;
    }
  }

  *end(): Generator<Document> {
    if (this.#open !== undefined) yield* this.#close();
    // An item without an end is told already.
    else if (this.#list !== undefined) {
      yield { ...this.#list, wrong: 'not JSON: the list has no end; expected "]" behind it' };
    }
  }

  /** Without the bracket that opens the list around it; columns stay what they are. */
  #itemOf(line: number, text: string): string {
    if (this.#list !== undefined || !/^\s*\[/.test(text) || bracketsOf(text) <= 0) return text;
    this.#list = { line, column: text.indexOf('[') + 1 };
    return text.replace('[', ' ');
  }

  *#close(): Generator<Document> {
    const open = this.#open as Open;
    this.#open = undefined;
    if (this.#list === undefined) yield* itemsOf(open.read());
    else {
      if (open.endsList) this.#list = undefined;
      yield* open.readItems();
    }
  }
}

/** A list is read for its items. */
function* itemsOf(document: Document): Generator<Document> {
  if (!('value' in document) || !Array.isArray(document.value)) yield document;
  else for (const value of document.value as unknown[]) yield { line: document.line, value };
}

/** An object at the margin is inside nothing. */
function beginsAnother(text: string): boolean {
  return text.startsWith('{');
}

/** A value that goes on in the next line. */
class Open {
  /** How many brackets are open. */
  depth = 0;
  readonly #line: number;
  readonly #texts: string[] = [];
  #length = 0;

  constructor(line: number, text: string) {
    this.#line = line;
    this.add(text);
  }

  add(text: string): void {
    this.depth += bracketsOf(text);
    this.#length += text.length;
    if (this.#length > MAX_LENGTH) this.#texts.length = 0;
    else this.#texts.push(text);
  }

  /** Whether the list around it ends with it, or it is nothing but that end. */
  get endsList(): boolean {
    return this.depth < 0 && endsInBracket(this.#texts.at(-1) ?? '');
  }

  read(): Document {
    return this.#length > MAX_LENGTH
      ? { line: this.#line, wrong: TOO_LONG.wrong }
      : readJson(this.#line, this.#texts.join('\n'));
  }

  /** As an item of a list, or several. */
  *readItems(): Generator<Document> {
    if (this.#length > MAX_LENGTH) yield this.read();
    else {
      const whole = withoutComma(this.#texts.join('\n'));
      const text = this.endsList ? withoutComma(whole.trimEnd().slice(0, -1)) : whole;
      if (text.trim() !== '') yield* itemsOf(readJson(this.#line, text, `[${text}]`));
    }
  }
}

function endsInBracket(text: string): boolean {
  return withoutComma(text).trimEnd().endsWith(']');
}

/** Without the comma that it ends in. */
function withoutComma(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(',') ? trimmed.slice(0, -1) : text;
}

/** `orElse` is what the text may be a part of. */
function readJson(line: number, text: string, orElse?: string): Document {
  let value = parsed(text);
  if (value === undefined && orElse !== undefined) value = parsed(orElse);
  if (value !== undefined) return withRightKeys(line, text, value);
  const { offset, found, expected } = findJsonFault(text);
  return {
    ...placeOf(line, text, offset),
    wrong: `not JSON: found ${found}; expected ${expected}`,
  };
}

function withRightKeys(line: number, text: string, value: unknown): Document {
  const found = findWrongKey(text, value);
  if (found === undefined) return { line, value, text };
  const key = quoted(shorten(found.key));
  const wrong = found.isTwice
    ? `found the key ${key} a second time in one object; expected each once`
    : `found the key ${key}, which no object can have; expected another name`;
  return { ...placeOf(line, text, found.offset), wrong };
}

/** Where a part of a text is whose first line has this number. */
export function placeOf(
  line: number,
  text: string,
  offset: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: line + before.length - 1, column: (before.at(-1) ?? '').length + 1 };
}

/** `undefined` is nothing that JSON can say. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Brackets that open less those that close, outside of texts, which end with the line at the latest. */
function bracketsOf(text: string): number {
  let depth = 0;
  let isInside = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isInside && unit === BACKSLASH) at++;
    else if (unit === QUOTE) isInside = !isInside;
    else if (!isInside && (unit === BRACE || unit === BRACKET)) depth++;
    else if (!isInside && (unit === BRACE + 2 || unit === BRACKET + 2)) depth--;
  }
  return depth;
}

function decode(
  bytes: Uint8Array,
  isFirst: boolean,
): { readonly text: string } | { readonly column?: number; readonly wrong: string } {
  if (isFirst && isUtf16(bytes)) return UTF16;
  const at = foreignByteAt(bytes) ?? bytes.indexOf(0);
  if (at < 0) return { text: UTF8.decode(bytes) };
  const shown = Array.from(bytes.subarray(at, at + 4), (byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  const rest = at + 4 < bytes.length ? ' …' : '';
  return {
    column: UTF8.decode(bytes.subarray(0, at)).length + 1,
    wrong: `found bytes that are no text (${shown.join(' ')}${rest}); expected JSON, a measurement a line, or gzip of it`,
  };
}

/** Takes a BOM off the front. */
const UTF8 = new TextDecoder('utf-8');
const UTF16 = { wrong: FOUND_UTF16 };
const TOO_LONG = { wrong: `found more than ${MAX_LENGTH} bytes; expected one measurement` };
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
