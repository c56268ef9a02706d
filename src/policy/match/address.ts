import { formatAddress, formatEndpoint } from '../../base/address.ts';
import type { Observation } from '../observation.ts';
import { AddressSet } from './address-set.ts';
import type { Matcher } from './matcher.ts';

export interface AddressOptions {
  /** As `parseAddressEntry` reads them. */
  readonly addresses: readonly string[];
  /** Whose address, and with it whose port. */
  readonly of: 'server' | 'client' | 'either';
}

/** A flow of which this end, or either, is in the list. */
export function address({ addresses, of }: AddressOptions): Matcher {
  const set = new AddressSet(addresses);
  const ends = of === 'either' ? (['server', 'client'] as const) : ([of] as const);
  return {
    observes: 'address',
    matches: (seen) => ends.some((end) => isIn(set, seen, end)),
  };
}

function isIn(set: AddressSet, seen: Observation, end: 'server' | 'client'): boolean {
  const { packet, direction } = seen;
  const isDst = (direction === 'to-server') === (end === 'server');
  const [at, port] = isDst ? [packet.dstAt, packet.dstPort] : [packet.srcAt, packet.srcPort];
  const version = packet.ipVersion === 4 ? 4 : 6;
  if (!set.has(packet.bytes, at, version, port, packet.protocol)) return false;
  seen.text = formatEndpoint(formatAddress(packet.bytes, at, version), port);
  return true;
}
