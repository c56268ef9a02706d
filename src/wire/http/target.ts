import { u8 } from '../../base/bytes.ts';
import { COLON } from './scan.ts';

/** Where the authority of an absolute target begins (RFC 9112 §3.2.2), behind `scheme://`; -1 if there is none. */
export function authorityAt(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && isSchemeByte(u8(bytes, i))) i++;
  const isAbsolute =
    i > at &&
    i + 3 <= end &&
    u8(bytes, i) === COLON &&
    u8(bytes, i + 1) === SLASH &&
    u8(bytes, i + 2) === SLASH;
  return isAbsolute ? i + 3 : -1;
}

/** `http:///host/` has an empty authority; the WHATWG's URL parser passes over the slashes, and so do programs of Node. */
export function skipSlashes(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && u8(bytes, i) === SLASH) i++;
  return i;
}

/** Where the authority ends: before the path, the query or the fragment (RFC 3986 §3.2). */
export function authorityEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && !endsAuthority(u8(bytes, i))) i++;
  return i;
}

/** Where the host of an authority begins, behind any `user@`. */
export function afterUserinfo(bytes: Uint8Array, at: number, end: number): number {
  let i = end;
  while (i > at && u8(bytes, i - 1) !== AT_SIGN) i--;
  return i;
}

/** RFC 3986 §3.1; that the first must be a letter is not asked for. */
function isSchemeByte(byte: number): boolean {
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return (
    isLetter || (byte >= 0x30 && byte <= 0x39) || byte === PLUS || byte === MINUS || byte === DOT
  );
}

function endsAuthority(byte: number): boolean {
  return byte === SLASH || byte === QUESTION_MARK || byte === NUMBER_SIGN;
}

const NUMBER_SIGN = 0x23;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const AT_SIGN = 0x40;
