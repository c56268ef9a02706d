/**
 * Text of others in one line that can be printed anywhere: what would move a cursor, end the line, turn the writing round or not be
 * seen at all is an escape (`\n`, `\u001b`). It is also what XML 1.0 has a place for (production 2, `Char`).
 */
export function showable(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSHOWABLE, escaped);
}

/** The first `most` bytes or so of a text that is longer, and how many more it has: `abc… (1,200 bytes more)`. */
export function bounded(text: string, most: number = MOST_BYTES): string {
  if (text.length <= most) return text;
  const isHalf = /[\ud800-\udbff]/.test(text[most - 1] ?? '');
  const head = text.slice(0, isHalf ? most - 1 : most);
  const more = byteLength(text) - byteLength(head);
  return `${head}… (${grouped(more)} ${more === 1 ? 'byte' : 'bytes'} more)`;
}

/** A text in quotes, as JSON: what is not seen, and blanks other than the space, are escapes. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN_OR_BLANK, escapedForJson);
}

/** A text in quotes that is showable already, as renderers have it: `quoted` would escape its escapes. */
export function inQuotes(shown: string): string {
  return `"${shown.replaceAll('"', '\\"')}"`;
}

/** As much of a text as a message has room for. */
export function shorten(text: string): string {
  return text.length > MOST_IN_MESSAGE ? `${text.slice(0, MOST_IN_MESSAGE - 3)}...` : text;
}

/**
 * A text of several lines, as a last resort: lines end where they end, and colours of ours are left, but no other control character
 * comes through. Texts of others ought to be `showable` before they become a part of it.
 */
export function harmless(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HARMFUL, escaped);
}

/** JSON that means the same, and has no character that a terminal obeys or a reader does not see. */
export function harmlessJson(json: string): string {
  return PLAIN.test(json) ? json : json.replace(HARMFUL_IN_JSON, escapedForJson);
}

/** A value with every text in it showable and bounded, the names of its fields too; what was one object stays one. */
export function shown<T>(value: T): T {
  return shownValue(value, new Map()) as T;
}

function shownValue(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value === 'string') return showable(bounded(value));
  if (typeof value !== 'object' || value === null) return value;
  const before = known.get(value);
  if (before !== undefined) return before;
  const made = shownObject(value, (one) => shownValue(one, known));
  known.set(value, made);
  return made;
}

function shownObject(value: object, show: (one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(show);
  if (value instanceof Map) return new Map(shownEntries([...value], show));
  if (value instanceof Set) return new Set([...value].map(show));
  if (!isPlain(value)) return value;
  return Object.fromEntries(shownEntries(Object.entries(value), show) as [string, unknown][]);
}

/** Keys that look alike once they are showable get a number, so that none takes the place of another. */
function shownEntries(
  entries: readonly (readonly [unknown, unknown])[],
  show: (one: unknown) => unknown,
): [unknown, unknown][] {
  const taken = new Set<unknown>();
  const counts = new Map<unknown, number>();
  return entries.map(([key, one]) => {
    const plain = show(key);
    let name = plain;
    for (let count = counts.get(plain) ?? 1; taken.has(name); counts.set(plain, count)) {
      count++;
      name = `${String(plain)} (${count})`;
    }
    taken.add(name);
    return [name, show(one)];
  });
}

/** Errors and other things with methods stay as they are; what is meant for people has showable messages already. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function escaped(found: string): string {
  const short = SHORT[found];
  if (short !== undefined) return short;
  const hex = (found.codePointAt(0) as number).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, '0')}`;
}

/** JSON has escapes of four digits only: a character beyond 16 bits takes two. */
function escapedForJson(found: string): string {
  return found
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Of UTF-8; half of a surrogate pair is written as three. */
function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Bytes of one text that are shown to people; `--json` and `--csv` have all of them. */
const MOST_BYTES = 2000;
/** In characters. */
const MOST_IN_MESSAGE = 60;
const PLAIN = /^[ -~]*$/;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/*
 * Control and format characters (marks of direction, zero-width characters, tags), what else is not seen by default, halves of
 * surrogate pairs, separators of lines and paragraphs, and what is no character (Unicode 16, chapter 23).
 */
const UNSEEN =
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}]';
// Other code points without a meaning that all readers share: unassigned ones and those of private use.
const UNSEEN_OR_BLANK = new RegExp(`[^\\P{Z} ]|\\p{C}|${UNSEEN}`, 'gu');
const UNSHOWABLE = new RegExp(UNSEEN, 'gu');
// ECMA-48, select graphic rendition: the colours of the matrix.
const COLOUR = '\\u001b\\[(?:3[1-6]|39|90)m';
const HARMFUL = new RegExp(`(?!\\r?\\n|${COLOUR})${UNSEEN}`, 'gu');
const HARMFUL_IN_JSON = new RegExp(`(?!\\n)${UNSEEN}`, 'gu');
