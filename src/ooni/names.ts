import { formatAddress, parseAddress, withoutBrackets } from '../base/address.ts';

/** A host as DNS knows it: in ASCII and small letters, an IPv6 address without brackets; empty if it is none. */
export function asciiHost(host: string): string {
  const text = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return hostOfUrl(`http://${text}/`);
}

/** The host of a URL, in the same form, and without the dot of a whole name; empty if it is no URL. */
export function hostOfUrl(url: string): string {
  if (!URL.canParse(url)) return '';
  return withoutBrackets(new URL(url).hostname).replace(/\.$/, '');
}

/** Two texts of the same IPv6 address become one; what is no address stays as it is. */
export function canonicalAddress(text: string): string {
  const bytes = parseAddress(text);
  return bytes === undefined ? text : formatAddress(bytes, 0, bytes.length === 4 ? 4 : 6);
}
