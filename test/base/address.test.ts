import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  formatAddress,
  formatEndpoint,
  parseAddress,
  parseEndpoint,
} from '../../src/base/address.ts';
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

test.each([
  '',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '1.2.3.-4',
  '1.2.3.4 ',
  '0x1.2.3.4',
  ':',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '12345::',
  '::g',
  '::1%eth0',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:5',
])('"%s" is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined();
});

test('text is an address when Node says so, and is read as what it formats to', () => {
  const part = fc.oneof(
    fc.constantFrom(':', '::', '.', '0', '1.2.3.4'),
    fc.stringMatching(/^[0-9a-f]{1,3}$/),
  );
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.array(part, { maxLength: 16 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(address, (text) => {
      const bytes = parseAddress(text);
      const version = isIP(text);
      expect(bytes?.length ?? 0).toBe(version === 0 ? 0 : version === 4 ? 4 : 16);
      if (bytes === undefined) return;
      expect(parseAddress(formatAddress(bytes, 0, version === 4 ? 4 : 6))).toEqual(bytes);
      if (version === 6) {
        expect(`[${formatAddress(bytes, 0, 6)}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['198.18.0.80:443', '198.18.0.80', 443],
  ['[2001:db8::1]:443', '2001:db8::1', 443],
  ['host.example:1', 'host.example', 1],
  ['foo', 'foo', Number.NaN],
  ['2001:db8::1', '2001:db8::1', Number.NaN],
  ['[2001:db8::1]', '2001:db8::1', Number.NaN],
  ['', '', Number.NaN],
])('the endpoint "%s" has the address "%s" and the port %s', (endpoint, address, port) => {
  expect(parseEndpoint(endpoint)).toEqual({ address, port });
});
