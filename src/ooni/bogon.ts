import { parseAddress } from '../base/address.ts';
import { isWithin, type Network, parseNetwork } from './network.ts';

/**
 * Whether no site on the Internet can have this address: it is of a special purpose and not globally reachable, or no
 * address at all. In a lab some of these networks play the Internet: `publicNetworks` are taken for reachable.
 */
export function isBogon(text: string, publicNetworks: readonly Network[] = []): boolean {
  const address = parseAddress(text);
  if (address === undefined) return true;
  if (publicNetworks.some((network) => isWithin(address, network))) return false;
  if (SPECIAL.some((network) => isWithin(address, network))) return true;
  const inner = embeddedIpv4(address);
  return inner !== undefined && SPECIAL.some((network) => isWithin(inner, network));
}

/** RFC 1122 §3.2.1.3, RFC 4291 §2.5.3 */
export function isLoopback(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && LOOPBACK.some((network) => isWithin(address, network));
}

/** The IPv4 address on which an IPv6 address depends: 6to4 (RFC 3056), Teredo's server (RFC 4380), NAT64 (RFC 6052). */
function embeddedIpv4(address: Uint8Array): Uint8Array | undefined {
  const form = EMBEDDING.find(({ network }) => isWithin(address, network));
  return form && address.subarray(form.at, form.at + 4);
}

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new Error(`${text} is no network`);
  return parsed;
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'].map(network);

const EMBEDDING = [
  { network: network('2002::/16'), at: 2 },
  { network: network('2001::/32'), at: 4 },
  { network: network('64:ff9b::/96'), at: 12 },
];

/*
 * Of the IANA special-purpose address registries (RFC 6890 and its updates) what is not globally reachable, with
 * multicast, and IPv6 forms that were given up. An IPv4 address inside an IPv6 one does not make it reachable.
 */
const SPECIAL = [
  '0.0.0.0/8', // this network, RFC 791 §3.2
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared address space, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link local, RFC 3927
  '172.16.0.0/12', // private use, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.168.0.0/16', // private use, RFC 1918
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112 §4; limited broadcast, RFC 8190
  '::/96', // unspecified, loopback and IPv4-compatible, RFC 4291
  '::ffff:0:0/96', // IPv4-mapped, RFC 4291
  '64:ff9b:1::/48', // local NAT64, RFC 8215
  '100::/64', // discard only, RFC 6666
  '100:0:0:1::/64', // dummy prefix, RFC 9780
  '2001:2::/48', // benchmarking, RFC 5180
  '2001:10::/28', // ORCHID, given up, RFC 4843
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
  '5f00::/16', // segment routing, RFC 9602
  'fc00::/7', // unique local, RFC 4193
  'fe80::/10', // link local, RFC 4291
  'fec0::/10', // site local, given up, RFC 3879
  'ff00::/8', // multicast, RFC 4291
].map(network);
