import { findJsonFault } from './json-fault.ts';
import { type Line, MAX_LENGTH } from './lines.ts';

/** A value of a file, or what is wrong with it, with the line where it begins. */
export type Document =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly column?: number; readonly wrong: string };

/**
 * The JSON values of a file: one a line, or each spread over many. Which of the two it is shows with the first. A line that
 * is none is told, and costs nothing but itself; a file that begins with bytes that are no text is given up.
 */
export async function* documentsOf(lines: AsyncIterable<Line>): AsyncGenerator<Document> {
  let open: Open | undefined;
  let isLineByLine = false;
  let isFirst = true;
  for await (const { number: line, bytes } of lines) {
    const decoded = bytes === undefined ? TOO_LONG : decode(bytes, isFirst);
    if ('wrong' in decoded) {
      yield { line, wrong: decoded.wrong };
      if (isFirst && decoded !== TOO_LONG) return;
      isFirst = false;
      continue;
    }
    const { text } = decoded;
    if (text.trim() === '') continue;
    isFirst = false;
    if (open !== undefined && !beginsAnother(text)) {
      open.add(text);
      if (open.depth > 0) continue;
      yield open.read();
      open = undefined;
      continue;
    }
    if (open !== undefined) yield open.read();
    open = isLineByLine ? undefined : new Open(line, text);
    if (open !== undefined && open.depth > 0) continue;
    open = undefined;
    const document = readJson(line, text);
    isLineByLine ||= 'value' in document;
    yield document;
  }
  if (open !== undefined) yield open.read();
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

  read(): Document {
    return this.#length > MAX_LENGTH
      ? { line: this.#line, wrong: TOO_LONG.wrong }
      : readJson(this.#line, this.#texts.join('\n'));
  }
}

function readJson(line: number, text: string): Document {
  try {
    return { line, value: JSON.parse(text) };
  } catch {
    const { offset, found, expected } = findJsonFault(text);
    const before = text.slice(0, offset).split('\n');
    const at = { line: line + before.length - 1, column: (before.at(-1) ?? '').length + 1 };
    return { ...at, wrong: `not JSON: found ${found}; expected ${expected}` };
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
): { readonly text: string } | { readonly wrong: string } {
  const hex = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  if (isFirst && /^(fffe|feff)/.test(hex)) return { wrong: 'found UTF-16; expected UTF-8' };
  try {
    const text = UTF8.decode(bytes);
    if (!text.includes('\0')) return { text };
  } catch {
    // Told below, as for any other bytes.
  }
  const shown = hex.replace(/..(?=.)/g, '$& ');
  return {
    wrong: `found bytes that are no text (${shown} …); expected JSON, a measurement a line, or gzip of it`,
  };
}

/** Takes a BOM off the front. */
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const TOO_LONG = { wrong: `found more than ${MAX_LENGTH} bytes; expected one measurement` };
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
