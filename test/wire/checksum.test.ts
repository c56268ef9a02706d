import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksum, pseudoHeaderSum } from '../../src/wire/checksum.ts';
import { concat, hex, internetChecksum, placed } from '../support/packets.ts';

const IPV4_HEADER = hex`
  45 00 00 73 00 00 40 00 40 11 00 00   # checksum field still zero
  c0 a8 00 01 c0 a8 00 c7               # 192.168.0.1 > 192.168.0.199
`;

test.each([
  { name: 'the example of RFC 1071 §3', bytes: hex`00 01 f2 03 f4 f5 f6 f7`, want: 0x220d },
  { name: 'an IPv4 header', bytes: IPV4_HEADER, want: 0xb861 },
  { name: 'an odd count, padded with a zero', bytes: hex`00 01 f2`, want: 0x0dfe },
  { name: 'no bytes', bytes: hex``, want: 0xffff },
  { name: 'all ones', bytes: hex`ff ff ff ff`, want: 0 },
])('the checksum of $name is known', ({ bytes, want }) => {
  const { bytes: ring, at, end } = placed(bytes);
  expect(checksum(ring, at, end)).toBe(want);
});

test('the checksum is the complement of the sum modulo 2^16 - 1, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1600 }), (packet) => {
      const { bytes, at, end } = placed(packet);
      expect(checksum(bytes, at, end)).toBe(internetChecksum(packet));
    }),
  );
});

test('a partial sum counts like the bytes that it sums', () => {
  const addresses = hex`ff fe ff fd ff fc ff fb`;
  const tcp = hex`30 39 01 bb ff ff ff ff 00 00 00 00 50 02 ff ff 00 00 00 00`;
  const { bytes, at, end } = placed(addresses);
  const partial = pseudoHeaderSum(bytes, { at, end }, 6, tcp.length);
  const whole = concat(addresses, hex`00 06 00 14`, tcp);
  expect(checksum(tcp, 0, tcp.length, partial)).toBe(internetChecksum(whole));
});
