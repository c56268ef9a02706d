import { isIP } from 'node:net';
import { withoutBrackets } from '../../base/address.ts';
import { parseUrl } from '../../base/url.ts';
import type { Endpoint } from '../steps/dial.ts';
import type { Fetched } from '../steps/fetch.ts';

/** Without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return withoutBrackets(hostname);
}

export function isAddress(url: URL): boolean {
  return isIP(hostOf(url)) > 0;
}

/** An endpoint of a URL's host, and what is tried there. */
export interface Target extends Endpoint {
  readonly isTls: boolean;
  /** Whether the page may be fetched from it. */
  readonly isForPage: boolean;
}

/**
 * Where the page of a URL is, at these addresses. Of `http:` without a port, TLS is tried as well: who completes a handshake for
 * the name is its host (ts-017, E001).
 */
export function targetsOf(
  url: URL,
  addresses: readonly string[],
  hasPort = url.port !== '',
): Target[] {
  const isTls = url.protocol === 'https:';
  const port = Number(url.port) || (isTls ? 443 : 80);
  const alsoTls = !isTls && !hasPort;
  return addresses.flatMap((address) => [
    { address, port, isTls, isForPage: true },
    ...(alsoTls ? [{ address, port: 443, isTls: true, isForPage: false }] : []),
  ]);
}

/** Whether a URL names a port as it is written: of one that was read, the port of its scheme is gone. */
export function namesPort(text: string): boolean {
  return /^[a-z]+:\/\/[^/?#]*:\d+(?:[/?#]|$)/i.test(text);
}

/** The next URL that a response sends to; of the statuses that ts-017 names, and 301, which browsers follow too. */
export function redirectOf(from: URL, { response, location }: Fetched): URL | undefined {
  if (response === undefined || location === undefined) return undefined;
  if (!REDIRECTS.includes(response.status)) return undefined;
  const next = parseUrl(location, from.href);
  return /^https?:$/.test(next?.protocol ?? '') ? next : undefined;
}

/** Whether a response sends on to what is no URL. */
export function isLost(from: URL, { response, location }: Fetched): boolean {
  if (response === undefined || location === undefined) return false;
  return REDIRECTS.includes(response.status) && parseUrl(location, from.href) === undefined;
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
export const MOST_REDIRECTS = 10;
