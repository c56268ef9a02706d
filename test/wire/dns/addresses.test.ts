import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress } from '../../../src/base/address.ts';
import { DnsAddresses } from '../../../src/wire/dns/addresses.ts';
import { DnsQuery } from '../../../src/wire/dns/query.ts';
import { dnsMessage } from '../../support/dns.ts';
import { edit, placed } from '../../support/packets.ts';

const NAME = 'www.meydan.tv';
const A: Answer = { type: 'A', name: NAME, ttl: 60, data: '10.10.34.34' };
const AAAA: Answer = { type: 'AAAA', name: NAME, ttl: 60, data: '2001:db8::80' };
const CNAME: Answer = { type: 'CNAME', name: NAME, ttl: 60, data: 'cdn.example' };

test.each([
  { name: 'no answer', answers: [], want: [] },
  { name: 'one', answers: [A], want: ['10.10.34.34'] },
  { name: 'both kinds', answers: [AAAA, A], want: ['2001:db8::80', '10.10.34.34'] },
  { name: 'behind an alias', answers: [CNAME, A], want: ['10.10.34.34'] },
  {
    name: 'sixteen of twenty',
    answers: Array.from({ length: 20 }, () => A),
    want: Array.from({ length: 16 }, () => '10.10.34.34'),
  },
])('the addresses of a response are found: $name', ({ answers, want }) => {
  expect(addressesOf(response(answers))).toEqual(want);
});

test.each([
  { name: 'in another section', bytes: edit(response([A]), 6, 0, 0, 0, 1) },
  { name: 'of a wrong length', bytes: edit(response([A]), response([A]).length - 6, 0, 3) },
  { name: 'that is cut', bytes: response([A]).slice(0, -1) },
])('no address is found $name', ({ bytes }) => {
  expect(addressesOf(bytes)).toEqual([]);
});

test('nothing of the last response is left after the next', () => {
  const addresses = new DnsAddresses();
  for (const [answers, count] of [
    [[A, A], 2],
    [[], 0],
  ] as const) {
    const bytes = response(answers);
    const read = new DnsQuery({ qdStrict: true }).read(bytes, 0, bytes.length);
    expect(addresses.read(read).count).toBe(count);
  }
});

test('whatever the bytes, reading never throws and points nowhere outside them', () => {
  const edits = fc.array(fc.tuple(fc.nat(150), fc.nat(0xff)), { maxLength: 4 });
  fc.assert(
    fc.property(edits, fc.nat(40), (changes, cut) => {
      const message = response([CNAME, A, AAAA]).slice(0, -cut || undefined);
      for (const [at, value] of changes) message[at % message.length] = value;
      const { bytes, at, end } = placed(message);
      const query = new DnsQuery({ qdStrict: false }).read(bytes, at, end);
      const addresses = new DnsAddresses().read(query);
      for (let i = 0; i < addresses.count; i++) {
        const [from = 0, length = 0] = [addresses.at[i], addresses.version[i] === 4 ? 4 : 16];
        expect(from >= at && from + length <= end).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

function response(answers: readonly Answer[]): Uint8Array {
  const questions = [{ type: 'A' as const, name: NAME }];
  return dnsMessage({ type: 'response', questions, answers: [...answers] });
}

function addressesOf(message: Uint8Array): string[] {
  const { bytes, at, end } = placed(message);
  const {
    count,
    at: places,
    version,
  } = new DnsAddresses().read(new DnsQuery({ qdStrict: true }).read(bytes, at, end));
  return Array.from({ length: count }, (_, i) =>
    formatAddress(bytes, places[i] ?? 0, version[i] === 4 ? 4 : 6),
  );
}
