import { isUtf8 } from 'node:buffer';
import { isIP } from 'node:net';
import { toALabels } from './domain-name.ts';
import { noHostBecause } from './no-host-name.ts';
import { quoted } from './quoted.ts';

/** What is wrong with a line of a list that is no name, and what to write instead; a dot at its end is not in `bytes`. */
export function mistakeOf(bytes: Uint8Array, prefix: string, isRooted: boolean): string {
  if (!isUtf8(bytes)) return `expected text in UTF-8; found the byte ${firstForeign(bytes)}`;
  const name = prefix + Buffer.from(bytes).toString('utf8');
  const found = `found ${quoted((isRooted ? `${name}.` : name).slice(0, 60))}`;
  const hint = MISTAKES.map((about) => about(name)).find((text) => text !== undefined);
  return [EXPECTED, hint === undefined ? found : `${found}, ${hint}`].join('; ');
}

/** Each says what the line is instead, if it is that. */
const MISTAKES: readonly ((name: string) => string | undefined)[] = [
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
    if (!/[/?]/.test(name)) return undefined;
    const url = name.replace(/^([a-z][a-z0-9+.-]*:)?\/\//i, 'http://');
    const host = hostOf(url.startsWith('http://') ? url : `http://${url}`);
    return host === undefined ? 'a URL: write the name of its host' : `a URL: ${write(host)}`;
  },
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
      : `a label of ${label.length} characters: ${LONGEST_LABEL} are the most`;
  },
  (name) =>
    name.length > LONGEST_NAME
      ? `${name.length} characters: ${LONGEST_NAME} are the most`
      : undefined,
  (name) => noHostBecause(name.replace(/^\*?\./, '')),
  (name) => (/[^ -~]/.test(name) ? 'which IDNA does not allow' : undefined),
];

function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return isName(hostname) ? hostname : undefined;
}

function isName(text: string): boolean {
  return toALabels(text) !== undefined && noHostBecause(text) === undefined;
}

function write(name: string): string {
  return `write "${name}"`;
}

/** What is not UTF-8 decodes to U+FFFD, which encodes to other bytes. */
function firstForeign(bytes: Uint8Array): string {
  const again = Buffer.from(Buffer.from(bytes).toString('utf8'));
  const byte = bytes.find((value, i) => value !== again[i]) ?? 0;
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

const EXPECTED = 'expected a domain name such as "meydan.tv" or "*.meydan.tv"';
const LONGEST_LABEL = 63;
const LONGEST_NAME = 253;
