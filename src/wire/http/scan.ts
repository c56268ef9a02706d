import { lower, u8 } from '../../base/bytes.ts';

/** RFC 9110 §5.6.2: the bytes a method may consist of. */
export function isTokenByte(byte: number): boolean {
  return byte < 128 && TOKEN[byte] === 1;
}

/** CR counts: a line is cut before its LF, and a stray one in front of it is none of its text. */
export function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isBlank(u8(bytes, i))) i++;
  return i;
}

export function skipText(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && !isBlank(u8(bytes, i))) i++;
  return i;
}

/** As `skipBlanks`, over line ends too: of a value that is folded over lines. */
export function skipFolds(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && (isBlank(u8(bytes, i)) || u8(bytes, i) === LF)) i++;
  return i;
}

/** As `trimEnd`, with line ends too. */
export function trimFolds(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && (isBlank(u8(bytes, i - 1)) || u8(bytes, i - 1) === LF)) i--;
  return i;
}

/** The end of the range without the blanks there. */
export function trimEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && isBlank(u8(bytes, i - 1))) i--;
  return i;
}

/** The end of the line without its one CR. */
export function withoutCr(bytes: Uint8Array, at: number, end: number): number {
  return end > at && u8(bytes, end - 1) === CR ? end - 1 : end;
}

export function findByte(bytes: Uint8Array, at: number, end: number, wanted: number): number {
  for (let i = at; i < end; i++) if (u8(bytes, i) === wanted) return i;
  return -1;
}

export function startsWith(bytes: Uint8Array, at: number, end: number, text: Uint8Array): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (u8(bytes, at + i) !== u8(text, i)) return false;
  return true;
}

/** `text` is in small letters. */
export function startsWithIgnoringCase(
  bytes: Uint8Array,
  at: number,
  end: number,
  text: Uint8Array,
): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (lower(u8(bytes, at + i)) !== u8(text, i)) return false;
  }
  return true;
}

/** The decimal number at `at`; 0 if there is none. It stays a safe integer however many digits there are. */
export function readNumber(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = u8(bytes, i) - 0x30;
    if (digit < 0 || digit > 9 || value > Number.MAX_SAFE_INTEGER / 10 - 9) break;
    value = value * 10 + digit;
  }
  return value;
}

export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COLON = 0x3a;
const TOKEN = new Uint8Array(128);
for (const c of "!#$%&'*+-.^_`|~0123456789") TOKEN[c.charCodeAt(0)] = 1;
for (let c = 0x41; c <= 0x5a; c++) {
  TOKEN[c] = 1;
  TOKEN[c + 0x20] = 1;
}
