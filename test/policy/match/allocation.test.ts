import { expect, test } from 'vitest';
import { AddressSet } from '../../../src/policy/match/address-set.ts';
import { exemptionOf } from '../../../src/policy/match/fully-encrypted.ts';
import { HostName } from '../../../src/policy/match/host-name.ts';
import { KeywordSet } from '../../../src/policy/match/keyword-set.ts';
import { NameSet } from '../../../src/policy/match/name-set.ts';
import { Pattern } from '../../../src/policy/match/pattern.ts';
import { ascii } from '../../support/packets.ts';

/** Under the smallest object V8 makes. */
const BYTES_PER_LOOKUP = 8;
const LOOKUPS = 2000;
const SHARES = 40;

const HOST = ascii('www.meydan.tv:80');
const ADDRESS = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const NAMES = new NameSet(['meydan.tv', 'azadliq.info']);
const KEYWORDS = new KeywordSet(['tor', 'meydan.tw'], { wholeToken: true });
const PATTERN = new Pattern('(^|\\.)meydan\\.t[wx]\\b');
const ADDRESSES = new AddressSet(['2001:db8::/32', '[2001:db8::/48]:53/udp', '10.0.0.0/8']);
const HOST_NAME = new HostName({
  case: 'ignored',
  trailingDot: 'strip',
  port: 'strip',
  extras: 'literal',
  idna: true,
});

test.each<{ name: string; lookUp: () => boolean; want: boolean }>([
  { name: 'a name', lookUp: () => NAMES.has(HOST, 0, 13, 'suffix'), want: true },
  { name: 'keywords', lookUp: () => KEYWORDS.find(HOST, 0, HOST.length), want: false },
  { name: 'a pattern', lookUp: () => PATTERN.matches(HOST, 0, HOST.length), want: false },
  { name: 'an address', lookUp: () => ADDRESSES.has(ADDRESS, 0, 6, 443), want: true },
  { name: 'a first payload', lookUp: () => exemptionOf(HOST, 0, HOST.length) === 2, want: true },
  { name: 'a host', lookUp: () => HOST_NAME.read(HOST, 0, HOST.length).end === 13, want: true },
])('to look for $name allocates nothing', ({ lookUp, want }) => {
  expect(lookUp()).toBe(want);
  expect(growthPerLookup(lookUp)).toBeLessThan(BYTES_PER_LOOKUP);
});

/** Of the heap, in bytes, once V8 has compiled what it runs; the median of many shares. */
function growthPerLookup(lookUp: () => boolean): number {
  for (let share = 0; share < SHARES; share++) play(lookUp);
  if (gc === undefined) throw new Error('run with node --expose-gc');
  gc();
  const growths = new Float64Array(SHARES);
  for (let share = 0; share < SHARES; share++) {
    const before = process.memoryUsage().heapUsed;
    play(lookUp);
    growths[share] = process.memoryUsage().heapUsed - before;
  }
  return (growths.sort()[SHARES / 2] as number) / LOOKUPS;
}

function play(lookUp: () => boolean): number {
  let count = 0;
  for (let i = 0; i < LOOKUPS; i++) if (lookUp()) count++;
  return count;
}
