import { parseAddress } from '../../base/address.ts';
import { u8 } from '../../base/bytes.ts';

/** What one line of an address list stands for. */
export interface AddressEntry {
  /** The bytes of the network's first address, 4 or 16; none of them for any address of either version. */
  readonly network: Uint8Array;
  readonly prefixLength: number;
  /** Any port if 0 to 65,535. */
  readonly firstPort: number;
  readonly lastPort: number;
  /** Any if left out. */
  readonly protocol?: 'tcp' | 'udp';
}

/**
 * An address, a network or `*`, then, if wanted, `:port` or `:first-last`, then `/tcp` or `/udp`; what has a port and
 * colons of its own stands in brackets. `86.59.30.36:443`, `10.0.0.0/8`, `[2001:db8::/32]:53/udp`, `*:9001`. Returns the
 * entry or, as text, what was found and what is expected.
 */
export function parseAddressEntry(text: string): AddressEntry | string {
  const protocol = /\/(tcp|udp)$/.exec(text)?.[1] as 'tcp' | 'udp' | undefined;
  const rest = protocol === undefined ? text : text.slice(0, -'/tcp'.length);
  const parts = split(rest);
  if (parts === undefined) return `found "${text}"; expected ${EXAMPLES}`;
  const network = parseNetwork(parts.network);
  if (typeof network === 'string') return network;
  const ports = parsePorts(parts.ports);
  if (typeof ports === 'string') return ports;
  return { ...network, ...ports, ...(protocol === undefined ? {} : { protocol }) };
}

/** What is wrong with the text of an entry; `undefined` if nothing. */
export function addressEntryError(text: string): string | undefined {
  const entry = parseAddressEntry(text);
  return typeof entry === 'string' ? entry : undefined;
}

interface Parts {
  readonly network: string;
  readonly ports: string | undefined;
}

function split(text: string): Parts | undefined {
  const bracketed = /^\[([^[\]]*:[^[\]]*)\](?::(.*))?$/.exec(text);
  const parts = bracketed ?? /^([^:[\]]+)(?::([^:]*))?$/.exec(text);
  if (parts !== null) return { network: parts[1] ?? '', ports: parts[2] };
  return /^[^[\]]+$/.test(text) ? { network: text, ports: undefined } : undefined;
}

function parseNetwork(text: string): Pick<AddressEntry, 'network' | 'prefixLength'> | string {
  if (text === '*') return { network: new Uint8Array(0), prefixLength: 0 };
  const [address = '', length, ...more] = text.split('/');
  const network = more.length === 0 ? parseAddress(address) : undefined;
  if (network === undefined) return `found "${text}"; expected ${EXAMPLES}`;
  const bits = 8 * network.length;
  const prefixLength = length === undefined ? bits : parseNumber(length, 0, bits);
  if (prefixLength === undefined) {
    return `found the prefix length "${length}"; expected 0 to ${bits} for IPv${bits === 32 ? 4 : 6}`;
  }
  if (hasHostBits(network, prefixLength)) {
    return `found "${text}", which has bits set beyond its prefix; expected the first address of the network`;
  }
  return { network, prefixLength };
}

function parsePorts(
  text: string | undefined,
): Pick<AddressEntry, 'firstPort' | 'lastPort'> | string {
  if (text === undefined) return { firstPort: 0, lastPort: 0xffff };
  const [first = '', last = first, ...more] = text.split('-');
  const firstPort = parseNumber(first, 1, 0xffff);
  const lastPort = parseNumber(last, 1, 0xffff);
  if (firstPort === undefined || lastPort === undefined || more.length > 0) {
    return `found the port "${text}"; expected 1 to 65535, or a range such as 8000-8100`;
  }
  if (lastPort < firstPort) return `found the ports "${text}"; expected the lower one first`;
  return { firstPort, lastPort };
}

function parseNumber(text: string, least: number, most: number): number | undefined {
  if (!/^(0|[1-9]\d{0,4})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

function hasHostBits(network: Uint8Array, prefixLength: number): boolean {
  for (let bit = prefixLength; bit < 8 * network.length; bit++) {
    if ((u8(network, bit >>> 3) & (0x80 >>> (bit & 7))) !== 0) return true;
  }
  return false;
}

const EXAMPLES =
  'an address, a network or *, such as "86.59.30.36:443", "10.0.0.0/8", "[2001:db8::1]:443" or "*:9001"';
