import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';

/** Why what is spelled like a domain name is none that a host can have, and what to write instead; undefined if it may be one. */
export function noHostBecause(name: string): string | undefined {
  if (isIP(name) !== 0) {
    return 'an address: write it into `addresses` of a rule with `match: address`';
  }
  const label = name.split('.').find((text) => /^xn--/i.test(text) && !isALabel(text));
  if (label !== undefined)
    return `of which "${label}" is no Punycode: write the name in its own script`;
  if (!/^-|-$/.test(name)) return undefined;
  const rest = name.replace(/^-+|-+$/g, '');
  const instead = rest === '' ? 'write a name' : `write "${rest}"`;
  return `a dash at its beginning or end: ${instead}`;
}

/** It stands for a label that is written so, and not otherwise (RFC 5890 §2.3.2.1). */
function isALabel(label: string): boolean {
  const decoded = domainToUnicode(label);
  return decoded !== '' && domainToASCII(decoded) === label.toLowerCase();
}
