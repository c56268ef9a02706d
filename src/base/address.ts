import { u8, u16 } from './bytes.ts';

/** Text of the IPv4 (4 bytes) or IPv6 (16 bytes, RFC 5952) address at `at`. */
export function formatAddress(bytes: Uint8Array, at: number, version: 4 | 6): string {
  if (version === 4) {
    return `${u8(bytes, at)}.${u8(bytes, at + 1)}.${u8(bytes, at + 2)}.${u8(bytes, at + 3)}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => u16(bytes, at + 2 * i));
  const zeros = longestZeroRun(groups);
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return zeros.count < 2
    ? text(0, 8)
    : `${text(0, zeros.start)}::${text(zeros.start + zeros.count, 8)}`;
}

/**
 * The 4 or 16 bytes of an address; `undefined` if it is none. Strict: four decimal numbers without leading zeros, or
 * IPv6 as RFC 4291 §2.2 has it, without a zone.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** `[v6]:port` or `v4:port`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The inverse of `formatEndpoint`. A text without a port is all address; its port is NaN. */
export function parseEndpoint(endpoint: string): { address: string; port: number } {
  const [, host = endpoint, port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(endpoint) ?? [];
  return { address: withoutBrackets(host), port: port === undefined ? Number.NaN : Number(port) };
}

/** A host as URLs and endpoints have it, an IPv6 address without its brackets. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function longestZeroRun(groups: readonly number[]): { start: number; count: number } {
  let best = { start: 0, count: 0 };
  for (let start = 0; start < groups.length; start++) {
    let count = 0;
    while (groups[start + count] === 0) count++;
    if (count > best.count) best = { start, count };
  }
  return best;
}

function parseIpv4(text: string): Uint8Array | undefined {
  const numbers = text.split('.');
  const isAddress = numbers.length === 4 && numbers.every((number) => IPV4_NUMBER.test(number));
  return isAddress ? Uint8Array.from(numbers, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = parseGroups(head, tail === undefined);
  const after = parseGroups(tail ?? '', true);
  if (before === undefined || after === undefined) return undefined;
  const known = before.length + after.length;
  if (tail === undefined ? known !== 16 : known > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(before);
  bytes.set(after, 16 - after.length);
  return bytes;
}

/** The bytes of groups with colons between; the last two may be an IPv4 address, if they end the address. */
function parseGroups(text: string, isLast: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    const ipv4 = isLast && i === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined && !IPV6_GROUP.test(group)) return undefined;
    const value = Number.parseInt(group, 16);
    bytes.push(...(ipv4 ?? [value >>> 8, value & 0xff]));
  }
  return bytes;
}

const IPV4_NUMBER = /^(0|[1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
