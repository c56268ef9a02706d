import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, formatEndpoint } from '../../src/base/address.ts';
import { addressBytes, placed } from '../support/packets.ts';

test.each([
  { address: '0.0.0.0' },
  { address: '198.18.0.80' },
  { address: '255.255.255.255' },
  { address: '::' },
  { address: '::1' },
  { address: '2001:db8::' },
  { address: '2001:db8::1:0:0:1' },
  { address: '2001:0:0:1::1' },
  { address: '2001:db8:0:1:1:1:1:1' },
  { address: '1:2:3:4:5:6:7:8' },
  { address: 'fe80::abcd:ef01' },
])('$address is its own text (RFC 5952)', ({ address }) => {
  const { bytes, at } = placed(addressBytes(address));
  expect(formatAddress(bytes, at, address.includes(':') ? 6 : 4)).toBe(address);
});

test('IPv6 text is that of the URL standard, whatever the address', () => {
  const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.map((value) => value.toString(16)).join(':');
      const text = formatAddress(addressBytes(long), 0, 6);
      expect(`[${text}]`).toBe(new URL(`http://[${long}]/`).hostname);
    }),
  );
});

test('an endpoint sets an IPv6 address apart from its port', () => {
  expect(formatEndpoint('198.18.0.80', 443)).toBe('198.18.0.80:443');
  expect(formatEndpoint('2001:db8::1', 443)).toBe('[2001:db8::1]:443');
});
