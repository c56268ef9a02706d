import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressEntryError, parseAddressEntry } from '../../../src/policy/match/address-entry.ts';
import { addressBytes } from '../../support/packets.ts';

const ANY_PORT = { firstPort: 0, lastPort: 65_535 };

describe('an entry of an address list', () => {
  test.each([
    { text: '86.59.30.36', want: { ...net('86.59.30.36', 32), ...ANY_PORT } },
    { text: '86.59.30.36:443', want: { ...net('86.59.30.36', 32), firstPort: 443, lastPort: 443 } },
    { text: '10.0.0.0/8', want: { ...net('10.0.0.0', 8), ...ANY_PORT } },
    { text: '0.0.0.0/0', want: { ...net('0.0.0.0', 0), ...ANY_PORT } },
    {
      text: '203.0.113.0/24:8000-8100',
      want: { ...net('203.0.113.0', 24), firstPort: 8000, lastPort: 8100 },
    },
    { text: '10.0.0.0/8/udp', want: { ...net('10.0.0.0', 8), ...ANY_PORT, protocol: 'udp' } },
    {
      text: '10.0.0.1:53/tcp',
      want: { ...net('10.0.0.1', 32), firstPort: 53, lastPort: 53, protocol: 'tcp' },
    },
    { text: '2001:db8::1', want: { ...net('2001:db8:0:0:0:0:0:1', 128), ...ANY_PORT } },
    { text: '[2001:db8::1]', want: { ...net('2001:db8:0:0:0:0:0:1', 128), ...ANY_PORT } },
    {
      text: '[2001:db8::1]:443',
      want: { ...net('2001:db8:0:0:0:0:0:1', 128), firstPort: 443, lastPort: 443 },
    },
    { text: '2001:db8::/32', want: { ...net('2001:db8:0:0:0:0:0:0', 32), ...ANY_PORT } },
    {
      text: '[2001:db8::/32]:1-2/udp',
      want: { ...net('2001:db8:0:0:0:0:0:0', 32), firstPort: 1, lastPort: 2, protocol: 'udp' },
    },
    { text: '*', want: { network: new Uint8Array(0), prefixLength: 0, ...ANY_PORT } },
    {
      text: '*:9001',
      want: { network: new Uint8Array(0), prefixLength: 0, firstPort: 9001, lastPort: 9001 },
    },
  ])('$text is read', ({ text, want }) => {
    expect(parseAddressEntry(text)).toEqual(want);
  });

  const address = (text: string): string =>
    `found "${text}"; expected an address, a network or *, such as "86.59.30.36:443", "10.0.0.0/8", "[2001:db8::1]:443" or "*:9001"`;
  const port = (text: string): string =>
    `found the port "${text}"; expected 1 to 65535, or a range such as 8000-8100`;
  const hostBits = (text: string): string =>
    `found "${text}", which has bits set beyond its prefix; expected the first address of the network`;
  test.each([
    { text: '', error: address('') },
    { text: 'example.org', error: address('example.org') },
    { text: '10.0.0', error: address('10.0.0') },
    { text: '10.0.0.01', error: address('10.0.0.01') },
    { text: '10.0.0.256', error: address('10.0.0.256') },
    { text: '0x0a.0.0.1', error: address('0x0a.0.0.1') },
    { text: '167772161', error: address('167772161') },
    { text: ' 10.0.0.1', error: address(' 10.0.0.1') },
    { text: '1:2:3', error: address('1:2:3') },
    { text: 'fe80::1%eth0', error: address('fe80::1%eth0') },
    { text: '[10.0.0.1]:80', error: address('[10.0.0.1]:80') },
    { text: '[2001:db8::1', error: address('[2001:db8::1') },
    { text: '10.0.0.0/8/9', error: address('10.0.0.0/8/9') },
    { text: '10.0.0.0/33', error: 'found the prefix length "33"; expected 0 to 32 for IPv4' },
    { text: '10.0.0.0/08', error: 'found the prefix length "08"; expected 0 to 32 for IPv4' },
    { text: '::/129', error: 'found the prefix length "129"; expected 0 to 128 for IPv6' },
    { text: '10.0.0.1/8', error: hostBits('10.0.0.1/8') },
    { text: '2001:db8::1/32', error: hostBits('2001:db8::1/32') },
    { text: '10.0.0.1:0', error: port('0') },
    { text: '10.0.0.1:65536', error: port('65536') },
    { text: '10.0.0.1:', error: port('') },
    { text: '10.0.0.1:080', error: port('080') },
    { text: '10.0.0.1:1-2-3', error: port('1-2-3') },
    { text: '10.0.0.1:http', error: port('http') },
    { text: '*:9-8', error: 'found the ports "9-8"; expected the lower one first' },
  ])('"$text" is refused: $error', ({ text, error }) => {
    expect(addressEntryError(text)).toBe(error);
  });

  test('is read or refused, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseAddressEntry(text)));
  });
});

function net(address: string, prefixLength: number): { network: Uint8Array; prefixLength: number } {
  return { network: Uint8Array.from(addressBytes(address)), prefixLength };
}
