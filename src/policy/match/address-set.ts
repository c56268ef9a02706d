import { ChokepointError } from '../../base/errors.ts';
import { type AddressEntry, parseAddressEntry } from './address-entry.ts';
import { NetworkTable } from './network-table.ts';
import { slotOf } from './port-slots.ts';

/**
 * Addresses and networks, each with ports and a protocol if wanted, looked up straight from packet bytes: a binary search,
 * then one step for each network of the set around the address.
 */
export class AddressSet {
  readonly #ipv4: NetworkTable;
  readonly #ipv6: NetworkTable;

  /** Throws what `addressEntryError` finds. */
  constructor(entries: Iterable<AddressEntry | string>) {
    const parsed = Array.from(entries, (entry) =>
      typeof entry === 'string' ? parse(entry) : entry,
    );
    this.#ipv4 = new NetworkTable(parsed, 4);
    this.#ipv6 = new NetworkTable(parsed, 6);
  }

  /** Whether the set covers the address of 4 or 16 bytes at `addressAt` with this port. TCP, unless said otherwise. */
  has(bytes: Uint8Array, addressAt: number, version: 4 | 6, port: number, protocol = TCP): boolean {
    const table = version === 4 ? this.#ipv4 : this.#ipv6;
    return table.has(bytes, addressAt, slotOf(port, protocol));
  }
}

function parse(text: string): AddressEntry {
  const entry = parseAddressEntry(text);
  if (typeof entry === 'string') throw new ChokepointError('SCENARIO_INVALID', entry);
  return entry;
}

const TCP = 6;
