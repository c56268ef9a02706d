import { u8 } from '../base/bytes.ts';
import { type AddressEntry, parseAddressEntry } from '../policy/match/address-entry.ts';
import type { SimpleTriggerSpec } from './trigger-schema.ts';

export type AddressesSpec = Extract<SimpleTriggerSpec, { readonly match: 'address' }>;

/** Whether one packet may fit both: of client and server, each has an address of its own. */
export function doAddressesMeet(one: AddressesSpec, other: AddressesSpec): boolean {
  if (one.of !== other.of || one.of === 'either') return true;
  const others = entriesOf(other);
  return entriesOf(one).some((entry) => others.some((second) => doMeet(entry, second)));
}

/** Whether one packet may fit all: entries that meet in pairs meet together, as networks and ranges of ports do. */
export function doAllAddressesMeet(parts: readonly AddressesSpec[]): boolean {
  return SIDES.every((side) => {
    const lists = parts.filter(({ of }) => of === side).map(entriesOf);
    const ways = lists.reduce((product, { length }) => product * length, 1);
    return ways > MOST_WAYS || haveMeeting(lists, []);
  });
}

function haveMeeting(
  [first, ...rest]: readonly (readonly AddressEntry[])[],
  chosen: readonly AddressEntry[],
): boolean {
  if (first === undefined) return true;
  return first.some(
    (entry) =>
      chosen.every((other) => doMeet(other, entry)) && haveMeeting(rest, [...chosen, entry]),
  );
}

/** Whether each packet that fits the first fits the second. */
export function isAddressWithin(one: AddressesSpec, other: AddressesSpec): boolean {
  if (one.of !== other.of && other.of !== 'either') return false;
  const others = entriesOf(other);
  return entriesOf(one).every((entry) => others.some((outer) => isWithin(entry, outer)));
}

/** The only transport of all entries, if there is one. */
export function transportOfAddresses(spec: AddressesSpec): 'tcp' | 'udp' | undefined {
  const [first, ...more] = entriesOf(spec).map(({ protocol }) => protocol);
  return more.every((protocol) => protocol === first) ? first : undefined;
}

function entriesOf({ addresses }: AddressesSpec): AddressEntry[] {
  return addresses.map(parseAddressEntry).filter((entry) => typeof entry !== 'string');
}

function doMeet(one: AddressEntry, other: AddressEntry): boolean {
  return (
    doNetworksMeet(one, other) &&
    one.firstPort <= other.lastPort &&
    other.firstPort <= one.lastPort &&
    (one.protocol ?? other.protocol) === (other.protocol ?? one.protocol)
  );
}

function isWithin(one: AddressEntry, outer: AddressEntry): boolean {
  const isOuterAny = outer.network.length === 0;
  return (
    doNetworksMeet(one, outer) &&
    (isOuterAny || (one.network.length > 0 && outer.prefixLength <= one.prefixLength)) &&
    outer.firstPort <= one.firstPort &&
    one.lastPort <= outer.lastPort &&
    (outer.protocol === undefined || outer.protocol === one.protocol)
  );
}

/** Two networks share an address only if one is within the other; none of the bytes stand for any address. */
function doNetworksMeet(one: AddressEntry, other: AddressEntry): boolean {
  if (one.network.length === 0 || other.network.length === 0) return true;
  if (one.network.length !== other.network.length) return false;
  const bits = Math.min(one.prefixLength, other.prefixLength);
  return one.network.every((byte, i) => {
    const mask = 0xff & ~(0xff >>> Math.max(0, Math.min(8, bits - 8 * i)));
    return ((byte ^ u8(other.network, i)) & mask) === 0;
  });
}

/** Of `either`, each part may be of another end. */
const SIDES = ['client', 'server'] as const;
/** Longer lists are not looked through: that they never meet is then seen in a run. */
const MOST_WAYS = 100_000;
