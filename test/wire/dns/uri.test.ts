import { expect, test } from 'vitest';
import { parseDnsUri } from '../../../src/wire/dns/uri.ts';

test.each([
  ['dns:meydan.tv', { server: undefined, name: 'meydan.tv', type: 'A' }],
  ['DNS:MEYDAN.tv.?type=aaaa', { server: undefined, name: 'MEYDAN.tv.', type: 'AAAA' }],
  ['dns:///meydan.tv?type=NS', { server: undefined, name: 'meydan.tv', type: 'NS' }],
  ['dns://isp-ucom/meydan.tv?type=SOA', { server: 'isp-ucom', name: 'meydan.tv', type: 'SOA' }],
  ['dns://192.0.2.1/tv?type=AXFR', { server: '192.0.2.1', name: 'tv', type: 'AXFR' }],
  ['dns://[2001:db8::1]/tv', { server: '2001:db8::1', name: 'tv', type: 'A' }],
])('%s is a question', (text, want) => {
  expect(parseDnsUri(text)).toEqual(want);
});

test.each([
  'dns:',
  'dns:.',
  'dns:a..b',
  'dns:a b',
  'dns:a.tv?type=MX',
  'dns:a.tv?class=IN',
  'dns://server:53/a.tv',
  'dns://server',
  'http://meydan.tv/',
  `dns:${'a'.repeat(64)}`,
])('%s is none', (text) => {
  expect(parseDnsUri(text)).toBeUndefined();
});
