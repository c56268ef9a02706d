import { domainToASCII } from 'node:url';
import { u8 } from '../base/bytes.ts';

/** A name in any script as it is on the wire, in A-labels (RFC 5890); undefined if that is no domain name. */
export function toALabels(name: string): string | undefined {
  // Of ASCII, the function takes what is no part of a name for the end of it.
  if (NO_NAME.test(name)) return undefined;
  const ascii = /^[ -~]*$/.test(name) ? name.toLowerCase() : domainToASCII(name);
  const rootless = ascii.replace(/\.$/, '');
  return DOMAIN.test(rootless) ? rootless : undefined;
}

/** Whether the bytes are a domain name in ASCII, in letters of either case. */
export function isDomain(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at > LONGEST_NAME) return false;
  let labelAt = at;
  for (let i = at; i < end; i++) {
    const kind = KINDS[u8(bytes, i)];
    if (kind === OTHER) return false;
    if (kind !== DOT) continue;
    if (i === labelAt || i - labelAt > LONGEST_LABEL) return false;
    labelAt = i + 1;
  }
  return end > labelAt && end - labelAt <= LONGEST_LABEL;
}

/** In ASCII and lower case, without a dot at its end. */
const DOMAIN = /^(?=.{1,253}$)([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}$/;
const NO_NAME = /[^A-Za-z0-9._\-\u0080-\uffff]/;
const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const OTHER = 0;
const LETTER = 1;
const DOT = 2;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const text = String.fromCharCode(byte);
  return text === '.' ? DOT : /[A-Za-z0-9_-]/.test(text) ? LETTER : OTHER;
});
