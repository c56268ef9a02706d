import { expect, test } from 'vitest';
import { namesPort, redirectOf, targetsOf } from '../../../src/probe/web-connectivity/urls.ts';

test('of http: without a port, TLS is tried as well, and no page fetched over it', () => {
  expect(targetsOf(new URL('http://example.org/'), ['192.0.2.1'])).toEqual([
    { address: '192.0.2.1', port: 80, isTls: false, isForPage: true },
    { address: '192.0.2.1', port: 443, isTls: true, isForPage: false },
  ]);
});

test.each([
  ['http://example.org:8080/', 8080, false],
  ['https://example.org/', 443, true],
  ['https://example.org:8443/', 8443, true],
])('%s is tried at its own port alone', (url, port, isTls) => {
  expect(targetsOf(new URL(url), ['192.0.2.1', '2001:db8::1'])).toEqual(
    ['192.0.2.1', '2001:db8::1'].map((address) => ({ address, port, isTls, isForPage: true })),
  );
});

const response = (status: number) => ({
  status,
  headers: [],
  body: Buffer.alloc(0),
  isTruncated: false,
});
const from = new URL('http://example.org/a');

test.each([301, 302, 303, 307, 308])(
  'status %i sends on, to whatever its Location is relative to',
  (status) => {
    const next = redirectOf(from, { failure: null, response: response(status), location: '/b' });
    expect(next?.href).toBe('http://example.org/b');
  },
);

test.each([
  [200, '/b'],
  [304, '/b'],
  [302, undefined],
  [302, 'ftp://example.org/'],
  [302, 'http://'],
])('status %i with Location %s does not', (status, location) => {
  expect(redirectOf(from, { failure: null, response: response(status), location })).toBeUndefined();
});

test.each([
  ['http://example.org/', false],
  ['http://example.org', false],
  ['http://example.org:80/', true],
  ['http://example.org:80', true],
  ['http://[2001:db8::1]/', false],
  ['http://[2001:db8::1]:80/', true],
  ['http://example.org/a:80/', false],
  ['http://example.org/?at=b:80', false],
])('%s names a port: %s', (text, names) => {
  expect(namesPort(text)).toBe(names);
});

test('with its port named, http: is tried at that port alone, whichever it is', () => {
  const targets = targetsOf(new URL('http://example.org:80/'), ['192.0.2.1'], true);
  expect(targets).toEqual([{ address: '192.0.2.1', port: 80, isTls: false, isForPage: true }]);
});
