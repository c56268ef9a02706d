import { isIP } from 'node:net';
import { counted } from '../base/counted.ts';
import { quoted } from '../base/showable.ts';
import { parseUrl } from '../base/url.ts';
import { foreignByteAt } from '../base/utf8.ts';
import { addressEntryError } from '../policy/match/address-entry.ts';
import { toALabels } from './domain-name.ts';
import { noHostBecause } from './no-host-name.ts';

/** What is wrong with a line of a list that is no name, and what to write instead; a dot at its end is not in `bytes`. */
export function mistakeOf(bytes: Uint8Array, prefix: string, isRooted: boolean): string {
  const read = bytes.subarray(0, endOfRead(bytes));
  const foreignAt = foreignByteAt(read);
  if (foreignAt !== undefined) {
    return `expected text in UTF-8; found the byte 0x${read[foreignAt]?.toString(16)}`;
  }
  const name = prefix + Buffer.from(read).toString('utf8');
  const isWhole = read.length === bytes.length;
  const found = `found ${quoted((isRooted && isWhole ? `${name}.` : name).slice(0, 60))}`;
  const told = [...MISTAKES_AT_ONCE, ...(isWhole ? MISTAKES : [])].map((about) => about(name));
  const hint = told.find((text) => text !== undefined) ?? tooLong(bytes.length);
  return [EXPECTED, hint === undefined ? found : `${found}, ${hint}`].join('; ');
}

/** Most bytes of a line that are looked at; a name in any script has fewer. */
export const MOST_READ = 4096;

/** Where the last whole character of what is read ends. */
function endOfRead(bytes: Uint8Array): number {
  if (bytes.length <= MOST_READ) return bytes.length;
  const isWithin = (at: number): boolean => ((bytes[at] as number) & 0xc0) === 0x80;
  return [0, 1, 2, 3].map((back) => MOST_READ - back).find((at) => !isWithin(at)) ?? MOST_READ;
}

function tooLong(length: number): string | undefined {
  if (length <= MOST_READ) return undefined;
  return `in a line of ${counted(length, 'byte')}: ${LONGEST_NAME} characters are the most`;
}

/** Each says what the line is instead, if it is that; its beginning is enough to tell. */
const MISTAKES_AT_ONCE: readonly ((name: string) => string | undefined)[] = [
  (name) =>
    name.includes('\r') ? 'lines that end in CR alone: end them in LF or CRLF' : undefined,
  (name) => {
    const [first = '', ...others] = name.split(/[ \t]+/);
    if (others.length === 0) return undefined;
    const [host = ''] = others;
    if (isIP(first) !== 0 && isName(host)) return `an address before it: ${write(host)}`;
    return 'several words: write one name on a line, and comments after #';
  },
  (name) => {
    const isNetwork = /^[0-9a-f.:]+\/\d+$/i.test(name) && addressEntryError(name) === undefined;
    return isNetwork ? 'a network: `addresses` of `match: address` is its place' : undefined;
  },
  (name) => {
    if (!/[/?]/.test(name)) return undefined;
    const url = name.replace(/^([a-z][a-z0-9+.-]*:)?\/\//i, 'http://');
    const host = hostOf(url.startsWith('http://') ? url : `http://${url}`);
    return host === undefined ? 'a URL: write the name of its host' : `a URL: ${write(host)}`;
  },
];
/** These look at the whole line. */
const MISTAKES: typeof MISTAKES_AT_ONCE = [
  (name) => {
    const [, host = ''] = /^(.*):\d+$/.exec(name) ?? [];
    return isName(host) ? `a name with a port: ${write(host)}` : undefined;
  },
  (name) => {
    const [, host = ''] = /^\|\|(.*)\^$/.exec(name) ?? [];
    return isName(host) ? `a rule of a blocker: ${write(host)}` : undefined;
  },
  (name) => {
    if (!name.replace(/^\*\./, '').includes('*')) return undefined;
    const below = /^\*([^*.].*)$/.exec(name)?.[1] ?? '';
    const other = isName(below) ? `; ${write(`*.${below}`)} for the names below it` : '';
    return `a star that is not in front, before a dot${other}; a rule's \`patterns\` can say more`;
  },
  (name) =>
    /^\.{2}|\.\.|\.$/.test(name.replace(/^\*/, ''))
      ? 'an empty label: write one dot between labels'
      : undefined,
  (name) => {
    const label = name.split('.').find((text) => text.length > LONGEST_LABEL);
    return label === undefined
      ? undefined
      : `a label of ${counted(label.length, 'character')}: ${LONGEST_LABEL} are the most`;
  },
  (name) =>
    name.length > LONGEST_NAME
      ? `${counted(name.length, 'character')}: ${LONGEST_NAME} are the most`
      : undefined,
  (name) => noHostBecause(name.replace(/^\*?\./, '')),
  (name) => (CONTROL.test(name) ? 'with a control character: take it out' : undefined),
  (name) => (/[^ -~]/.test(name) ? 'which IDNA does not allow' : undefined),
];

function hostOf(url: string): string | undefined {
  const hostname = parseUrl(url)?.hostname;
  return hostname !== undefined && isName(hostname) ? hostname : undefined;
}

function isName(text: string): boolean {
  return toALabels(text) !== undefined && noHostBecause(text) === undefined;
}

function write(name: string): string {
  return `write "${name}"`;
}

const EXPECTED = 'expected a domain name such as "meydan.tv" or "*.meydan.tv"';
const CONTROL = /\p{Cc}/u;
const LONGEST_LABEL = 63;
const LONGEST_NAME = 253;
