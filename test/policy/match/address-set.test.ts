import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/base/address.ts';
import { type AddressEntry, parseAddressEntry } from '../../../src/policy/match/address-entry.ts';
import { AddressSet } from '../../../src/policy/match/address-set.ts';
import { placed } from '../../support/packets.ts';

const UDP = 17;
const ICMP = 1;

describe('a set of addresses', () => {
  test.each<{ entries: readonly string[]; address: string; port: number; want: boolean }>([
    { entries: ['86.59.30.36:443'], address: '86.59.30.36', port: 443, want: true },
    { entries: ['86.59.30.36:443'], address: '86.59.30.36', port: 80, want: false },
    { entries: ['86.59.30.36:443'], address: '86.59.30.37', port: 443, want: false },
    { entries: ['10.0.0.0/8'], address: '10.255.255.255', port: 1, want: true },
    { entries: ['10.0.0.0/8'], address: '11.0.0.0', port: 1, want: false },
    { entries: ['10.0.0.0/8'], address: '9.255.255.255', port: 1, want: false },
    { entries: ['10.0.0.0/8:80', '10.1.0.0/16:443'], address: '10.1.2.3', port: 80, want: true },
    { entries: ['10.0.0.0/8:80', '10.1.0.0/16:443'], address: '10.2.2.3', port: 443, want: false },
    { entries: ['128.0.0.0/1'], address: '255.255.255.255', port: 9, want: true },
    { entries: ['128.0.0.0/1'], address: '127.255.255.255', port: 9, want: false },
    { entries: ['0.0.0.0/0'], address: '255.255.255.255', port: 0, want: true },
    { entries: ['0.0.0.0/0'], address: '2001:db8::1', port: 80, want: false },
    { entries: ['*:9001'], address: '2001:db8::1', port: 9001, want: true },
    { entries: ['*:9001'], address: '192.0.2.1', port: 9001, want: true },
    { entries: ['*:9001'], address: '192.0.2.1', port: 9002, want: false },
    { entries: ['2001:db8::/32'], address: '2001:db8:ffff::1', port: 1, want: true },
    { entries: ['2001:db8::/32'], address: '2001:db9::', port: 1, want: false },
    { entries: ['[2001:db8::1]:443'], address: '2001:db8::1', port: 443, want: true },
    { entries: ['203.0.113.0/24:8000-8100'], address: '203.0.113.9', port: 8100, want: true },
    { entries: ['203.0.113.0/24:8000-8100'], address: '203.0.113.9', port: 8101, want: false },
    { entries: ['10.0.0.1:53/udp'], address: '10.0.0.1', port: 53, want: false },
    { entries: [], address: '10.0.0.1', port: 53, want: false },
  ])('$entries has $address with port $port: $want', ({ entries, address, port, want }) => {
    expect(has(new AddressSet(entries), address, port)).toBe(want);
  });

  test('tells protocols apart where an entry does', () => {
    const set = new AddressSet(['10.0.0.1:53/udp', '10.0.0.2', '10.0.0.3:53']);
    const of = (address: string): boolean[] =>
      [undefined, UDP, ICMP].map((protocol) => has(set, address, 53, protocol));
    expect(of('10.0.0.1')).toEqual([false, true, false]);
    expect(of('10.0.0.2')).toEqual([true, true, true]);
    expect(of('10.0.0.3')).toEqual([true, true, false]);
  });

  test('throws what is wrong with an entry', () => {
    expect(() => new AddressSet(['10.0.0.1/8'])).toThrow(
      expect.objectContaining({
        code: 'SCENARIO_INVALID',
        message: parseAddressEntry('10.0.0.1/8'),
      }),
    );
  });
});

describe.each<4 | 6>([4, 6])('IPv%d', (version) => {
  test('addresses are covered as a look at each entry says', () => {
    // Few bits differ, at both ends and in the middle, so that networks lie in and beside each other.
    const anyAddress = fc
      .array(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), { minLength: 4, maxLength: 4 })
      .map((bytes) =>
        version === 4 ? bytes : [0, 1, 5, 15].reduce(put(bytes), new Array(16).fill(0)),
      );
    const anyEntry = fc
      .tuple(
        anyAddress,
        fc.nat(version === 4 ? 32 : 128),
        fc.nat(4),
        fc.nat(4),
        fc.constantFrom('tcp', 'udp', undefined),
      )
      .map(([bytes, prefixLength, first, more, protocol]) =>
        entryOf(bytes, prefixLength, first, more, protocol as 'tcp' | 'udp' | undefined),
      );
    fc.assert(
      fc.property(
        fc.array(anyEntry, { maxLength: 12 }),
        fc.array(fc.tuple(anyAddress, fc.nat(6), fc.constantFrom(6, UDP, ICMP)), { minLength: 1 }),
        (entries, lookups) => {
          const set = new AddressSet(entries);
          for (const [address, port, protocol] of lookups) {
            const { bytes, at } = placed(Uint8Array.from(address));
            expect(set.has(bytes, at, version, port, protocol)).toBe(
              entries.some((entry) => isCovered(entry, address, port, protocol)),
            );
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test('100,000 networks are each found, and what lies between them is not', () => {
  const network = (i: number): string => `${1 + (i >>> 16)}.${(i >>> 8) & 255}.${i & 255}.128/25`;
  const set = new AddressSet(Array.from({ length: 100_000 }, (_, i) => network(i)));
  const bytes = new Uint8Array(4);
  let wrong = 0;
  for (let i = 0; i < 100_000; i++) {
    bytes.set([1 + (i >>> 16), (i >>> 8) & 255, i & 255, 200]);
    if (!set.has(bytes, 0, 4, 80)) wrong++;
    bytes[3] = 127;
    if (set.has(bytes, 0, 4, 80)) wrong++;
  }
  expect(wrong).toBe(0);
});

function has(set: AddressSet, address: string, port: number, protocol?: number): boolean {
  const { bytes, at } = placed(parseAddress(address) as Uint8Array);
  return set.has(bytes, at, address.includes(':') ? 6 : 4, port, protocol);
}

function put(bytes: readonly number[]) {
  return (address: number[], at: number, i: number): number[] =>
    address.with(at, bytes[i] as number);
}

function entryOf(
  address: readonly number[],
  prefixLength: number,
  first: number,
  more: number,
  protocol: 'tcp' | 'udp' | undefined,
): AddressEntry {
  const network = Uint8Array.from(address, (byte, i) => {
    const bits = Math.min(8, Math.max(0, prefixLength - 8 * i));
    return byte & (0xff00 >>> bits);
  });
  const ports =
    first === 0 ? { firstPort: 0, lastPort: 65_535 } : { firstPort: first, lastPort: first + more };
  return { network, prefixLength, ...ports, ...(protocol === undefined ? {} : { protocol }) };
}

function isCovered(
  entry: AddressEntry,
  address: readonly number[],
  port: number,
  protocol: number,
): boolean {
  const bits = (bytes: Iterable<number>): string =>
    [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const isInside = bits(address).startsWith(bits(entry.network).slice(0, entry.prefixLength));
  const isAnyPort = entry.firstPort === 0;
  const isPort =
    isAnyPort || (protocol !== ICMP && port >= entry.firstPort && port <= entry.lastPort);
  const wanted = entry.protocol === undefined ? protocol : entry.protocol === 'tcp' ? 6 : UDP;
  return isInside && isPort && wanted === protocol;
}
