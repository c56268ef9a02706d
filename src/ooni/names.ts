import {
  formatAddress,
  formatEndpoint,
  parseAddress,
  parseEndpoint,
  withoutBrackets,
} from '../base/address.ts';
import { parseUrl } from '../base/url.ts';

/** A host as DNS knows it: in ASCII and small letters, an IPv6 address without brackets; empty if it is none. */
function asciiHost(host: string): string {
  if (/[/?#@\\]/.test(host)) return '';
  const text = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return hostOfUrl(`http://${text}/`);
}

/** The same of a name that a measurement has; what is no host stays as it is. */
export function asciiName(name: string | null | undefined): string {
  return asciiHost(name ?? '') || (name ?? '');
}

/** The host of a URL, in the same form, and without the dot of a whole name; empty if it is no URL. */
export function hostOfUrl(url: string): string {
  return withoutBrackets(parseUrl(url)?.hostname ?? '').replace(/\.$/, '');
}

/** Two texts of the same IPv6 address become one; what is no address stays as it is. */
export function canonicalAddress(text: string): string {
  const bytes = parseAddress(text);
  return bytes === undefined ? text : formatAddress(bytes, 0, bytes.length === 4 ? 4 : 6);
}

/** `192.0.2.1:443` or `[2001:db8::1]:443`, its address in that form; what has no port stays as it is. */
export function canonicalEndpoint(text: string): string {
  const { address, port } = parseEndpoint(text);
  return Number.isNaN(port) ? text : formatEndpoint(canonicalAddress(address), port);
}
