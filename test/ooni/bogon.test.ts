import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBogon } from '../../src/ooni/bogon.ts';
import { isWithin, parseNetwork } from '../../src/ooni/network.ts';

test.each([
  ...['10.10.34.35', '127.0.0.1', '100.64.0.1', '172.31.255.255', '192.168.1.1', '0.0.0.0'],
  ...['169.254.1.1', '198.18.3.2', '198.19.255.255', '203.0.113.9', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:8.8.8.8', 'fe80::1', 'fd00::1', '2001:db8::1', '3fff::1', 'ff02::1'],
  ...['2002:a00:1::1', '2001:0:c0a8:101::1', '64:ff9b::10.0.0.1', 'www.example.org', ''],
])('%s is a bogon', (address) => {
  expect(isBogon(address)).toBe(true);
});

test.each([
  ...['8.8.8.8', '11.0.0.0', '100.128.0.0', '172.32.0.0', '198.20.0.0', '223.255.255.255'],
  ...['2606:2800:220:1::1', '2002:808:808::1', '64:ff9b::8.8.8.8', '2001:4860:4860::8888'],
])('%s is none', (address) => {
  expect(isBogon(address)).toBe(false);
});

test('an address is within a network if its first bits are those of the network, no matter which bits follow', () => {
  const bytes = fc.uint8Array({ minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(bytes, bytes, fc.nat(32), (address, other, prefixLength) => {
      const bits = (of: Uint8Array) =>
        [...of]
          .map((byte) => byte.toString(2).padStart(8, '0'))
          .join('')
          .slice(0, prefixLength);
      const network = parseNetwork(`${other.join('.')}/${prefixLength}`);
      expect(network && isWithin(address, network)).toBe(bits(address) === bits(other));
    }),
  );
});

test.each(['1.2.3.4', '1.2.3.4/33', '1.2.3/8', '::/129', '1.2.3.4/8/9', '1.2.3.4/-1', '/8'])(
  '%s is no network',
  (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  },
);
