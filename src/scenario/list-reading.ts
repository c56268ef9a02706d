import { FOUND_UTF16, isUtf16 } from '../base/utf16.ts';
import { NameListReader } from '../policy/match/name-list.ts';
import { isDomain, toALabels } from './domain-name.ts';
import type { ListFile } from './list-file.ts';
import { MOST_READ, mistakeOf } from './list-mistake.ts';
import { noHostBecause } from './no-host-name.ts';
import type { Problem } from './problem.ts';

/** What a list file holds, and what is wrong with it. */
export interface ListReading {
  readonly path: string;
  readonly length: number;
  /** Of names. */
  readonly count: number;
  /** Where the first name stands that begins with a star: no regular expression does. */
  readonly starAt: string | undefined;
  readonly wrong: readonly Problem[];
}

/** Each line that is no name is told with its place. */
export function readList({ path, shown, bytes }: ListFile): ListReading {
  const nothing = { path, length: bytes.length, count: 0, starAt: undefined };
  const tell = (line: number, column: number, message: string): Problem => ({
    path: [],
    place: `${shown}:${line}:${column}`,
    message,
  });
  if (isUtf16(bytes)) return { ...nothing, wrong: [tell(1, 1, FOUND_UTF16)] };
  const list = new NameListReader(bytes);
  const wrong: Problem[] = [];
  let count = 0;
  let starAt: string | undefined;
  while (list.next() && wrong.length < MOST_PROBLEMS) {
    const { at, end, prefix, line } = list;
    count++;
    if (prefix === '*.') starAt ??= `${shown}:${line}:${list.column}`;
    if (isName(bytes, at, end)) continue;
    wrong.push(
      tell(line, list.column, mistakeOf(bytes.subarray(at, end), prefix, bytes[end] === DOT)),
    );
  }
  if (count === 0) wrong.push(tell(1, 1, 'expected a name on a line; found none'));
  return { ...nothing, count, starAt, wrong };
}

/** A name as the engine takes it, or what is wrong with it: a text may be whatever a line of a list may be, blanks and comment included. */
export function readName(text: string): { readonly name: string } | { readonly wrong: string } {
  const bytes = Buffer.from(text);
  const list = new NameListReader(bytes);
  const isFound = list.next();
  const { at, end, prefix } = list;
  const isRooted = bytes[end] === DOT;
  if (!isFound || list.next()) return { wrong: mistakeOf(bytes, '', false) };
  if (!isName(bytes, at, end)) {
    return { wrong: mistakeOf(bytes.subarray(at, end), prefix, isRooted) };
  }
  return { name: prefix + Buffer.from(inALabels(bytes.subarray(at, end))).toString('utf8') };
}

/** A list as the engine takes it: names that are not ASCII become what they are on the wire, all else stays where it is. */
export function inALabels(bytes: Uint8Array): Uint8Array {
  if (isAscii(bytes, 0, bytes.length)) return bytes;
  const parts: Uint8Array[] = [];
  const list = new NameListReader(bytes);
  let from = 0;
  while (list.next()) {
    const { at, end } = list;
    if (isAscii(bytes, at, end)) continue;
    const labels = toALabels(textOf(bytes, at, end));
    if (labels === undefined) continue;
    parts.push(bytes.subarray(from, at), Buffer.from(labels));
    from = end;
  }
  return Buffer.concat([...parts, bytes.subarray(from)]);
}

function isName(bytes: Uint8Array, at: number, end: number): boolean {
  if (isDomain(bytes, at, end)) {
    return !mayBeNoHost(bytes, at, end) || noHostBecause(textOf(bytes, at, end)) === undefined;
  }
  if (end - at > MOST_READ || isAscii(bytes, at, end)) return false;
  const name = textOf(bytes, at, end);
  return toALabels(name) !== undefined && noHostBecause(name) === undefined;
}

/** Of few names: that they begin or end with a dash, end with a digit, or have two dashes side by side. */
function mayBeNoHost(bytes: Uint8Array, at: number, end: number): boolean {
  const last = bytes[end - 1] as number;
  if (bytes[at] === DASH || last === DASH || (last >= ZERO && last <= NINE)) return true;
  for (let i = at + 1; i < end; i++) if (bytes[i] === DASH && bytes[i - 1] === DASH) return true;
  return false;
}

/** What is not UTF-8 becomes U+FFFD, which no name has. */
function textOf(bytes: Uint8Array, at: number, end: number): string {
  return DECODER.decode(bytes.subarray(at, end));
}

function isAscii(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if ((bytes[i] as number) >= 0x80) return false;
  return true;
}

const DOT = 0x2e;
const DASH = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const DECODER = new TextDecoder();
const MOST_PROBLEMS = 100;
