import { parseAddress } from '../base/address.ts';
import { u8 } from '../base/bytes.ts';
import { placesOf } from './places.ts';
import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** Hosts and resolvers that are called, or addressed, as what there is already, or as nothing can be. */
export function impossibleIdentities(scenario: Scenario): Problem[] {
  const ids = Object.keys(scenario.hosts ?? {});
  return [...ids.flatMap(ownName), ...impossibleAddresses(scenario), ...doubleNames(scenario)];
}

function ownName(id: string): Problem[] {
  if (!OWN_NAME.test(id)) return [];
  const message = `expected a name that no host of the lab itself has (${OWN_NAMES.join(', ')}, client-…, isp-…, near-N, far-N); found "${id}"`;
  return [{ path: ['hosts', id], message, of: 'key' }];
}

function impossibleAddresses(scenario: Scenario): Problem[] {
  const owners = new Map<string, string>();
  return placesOf(scenario).flatMap(({ path: place, owner: id, address }) => {
    const bytes = address === undefined ? undefined : parseAddress(address);
    if (address === undefined || bytes === undefined) return [];
    const path = [...place, 'address'];
    const owner = owners.get(address);
    owners.set(address, owner ?? id);
    if (owner !== undefined) {
      const message = `expected an address of its own; found ${address}, which "${owner}" has`;
      return [{ path, message }];
    }
    const range = rangeWithoutServers(bytes);
    if (range === undefined) return [];
    const message = `expected an address that a server can have, such as "192.0.2.1"; found ${address}, of ${range}`;
    return [{ path, message }];
  });
}

/** The range of IPv4 in which no server of a lab can be, and why: `127.0.0.0/8: it never leaves a host`. */
export function rangeWithoutServers(address: Uint8Array): string | undefined {
  const range = RANGES.find(({ has }) => has(u8(address, 0), u8(address, 1)));
  return range && `${range.cidr}: ${range.is}`;
}

function doubleNames(scenario: Scenario): Problem[] {
  const { names, doh } = scenario.origin;
  const owners = new Map<string, string>();
  const listed = (place: Problem['path'], list: readonly string[] = []) =>
    list.map((name, i) => ({ name, owner: place.join('.'), path: [...place, 'names', i] }));
  // Its own list may have it.
  const asked = doh === undefined || names.includes(doh) ? [] : [doh];
  const all = [
    ...listed(['origin'], names),
    ...asked.map((name) => ({ name, owner: 'origin', path: ['origin', 'doh'] })),
    ...placesOf(scenario).flatMap(({ path, names: own }) => listed(path, own)),
  ];
  return all.flatMap(({ name, owner: own, path }) => {
    const owner = owners.get(name);
    owners.set(name, owner ?? own);
    if (owner === undefined) return [];
    const where = owner === own ? 'is in this list' : `is one of \`${owner}\``;
    const message = `expected a name that resolves to this host alone; found "${name}", which ${where} already`;
    return [{ path, message }];
  });
}

const OWN_NAMES = [
  'server',
  'control',
  'client',
  'inside',
  'isp',
  'gateway',
  'exchange',
  'middlebox',
  'rewriter',
  'localhost',
];
const OWN_NAME = new RegExp(`^(${OWN_NAMES.join('|')}|(client|isp)-.*|(near|far)-\\d+)$`);

interface Range {
  readonly cidr: string;
  readonly is: string;
  readonly has: (first: number, second: number) => boolean;
}

/** Of IPv4, by the first two bytes of an address (IANA's registry of special-purpose addresses, RFC 6890). */
const RANGES: readonly Range[] = [
  { cidr: '0.0.0.0/8', is: 'no host has one', has: (first) => first === 0 },
  { cidr: '127.0.0.0/8', is: 'it never leaves a host', has: (first) => first === 127 },
  {
    cidr: '169.254.0.0/16',
    is: 'no router forwards it',
    has: (first, second) => first === 169 && second === 254,
  },
  // Where `IPV4_BASE` of a lab is.
  {
    cidr: '198.18.0.0/15',
    is: "the lab's own hosts have those",
    has: (first, second) => first === 198 && (second === 18 || second === 19),
  },
  { cidr: '224.0.0.0/4', is: 'those are for multicast', has: (first) => first >> 4 === 14 },
  { cidr: '240.0.0.0/4', is: 'those are reserved', has: (first) => first >> 4 === 15 },
];
