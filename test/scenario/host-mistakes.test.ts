import { expect, test } from 'vitest';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

const EVIDENCE = 'period, networks, topology, origin, hosts, profiles, rules';

test.each([
  { what: 'a server of nginx', host: '{ names: [a.example], software: nginx }', says: [] },
  {
    what: 'a relay as of 2012',
    host: '{ names: [a.example], software: nginx, tls: { version: "1.0", cipher: DHE-RSA-AES256-SHA, bits: 1024, resumption: false } }',
    says: [],
  },
  {
    what: 'software that is not known',
    host: '{ names: [a.example], software: apache }',
    says: ['hosts.other.software: expected "nginx" or "openssl" or "gnutls"; found "apache"'],
  },
  {
    what: 'a chain of issuers',
    host: '{ certificate: { name: a.example, from: "2021-01-01T00:00:00Z", to: "2022-01-01T00:00:00Z", key: RSA-2048, issuers: [{ subject: { C: US, CN: R3 }, from: "2021-01-01T00:00:00Z", to: "2022-01-01T00:00:00Z" }], root: { O: A } } }',
    says: [],
  },
  {
    what: 'a key that no certificate here has',
    host: '{ certificate: { name: a.example, from: "2021-01-01T00:00:00Z", to: "2022-01-01T00:00:00Z", key: RSA-512 } }',
    says: ['hosts.other.certificate.key: expected "P-256" or "RSA-2048"; found "RSA-512"'],
  },
  {
    what: 'an issuer that ends before it begins',
    host: '{ certificate: { name: a.example, from: "2021-01-01T00:00:00Z", to: "2022-01-01T00:00:00Z", issuers: [{ subject: { CN: R3 }, from: "2022-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" }] } }',
    says: [
      'hosts.other.certificate.issuers[0].to: expected a time after it begins (2022-01-01T00:00:00Z); found "2021-01-01T00:00:00Z"',
    ],
  },
  {
    what: 'an issuer without a name',
    host: '{ certificate: { name: a.example, from: "2021-01-01T00:00:00Z", to: "2022-01-01T00:00:00Z", root: {} } }',
    says: ['hosts.other.certificate.root: expected `C`, `O` or `CN`; found a mapping of 0 keys'],
  },
  {
    what: 'a text for openssl in place of a name',
    host: '{ certificate: { name: a.example, from: "2021-01-01T00:00:00Z", to: "2022-01-01T00:00:00Z", root: { CN: "a/CN=b" } } }',
    says: [
      'hosts.other.certificate.root.CN: expected 1 to 64 letters, digits, spaces and \'(),.:?&-, such as "Let\'s Encrypt"; found "a/CN=b"',
    ],
  },
  {
    what: 'a server without a name',
    host: '{ software: openssl }',
    says: ['hosts.other.software: expected `names`, for which its certificate is made; found none'],
  },
  {
    what: 'HTTP from who speaks TLS alone',
    host: '{ names: [a.example], software: gnutls, http_ports: [80] }',
    says: ['hosts.other.http_ports: expected none, for gnutls speaks TLS alone; found 80'],
  },
  {
    what: 'TLS settings of another server than nginx',
    host: '{ names: [a.example], software: openssl, tls: { version: "1.2" } }',
    says: ['hosts.other.tls: only nginx can be told; write `software: nginx` beside it'],
  },
  {
    what: 'a cipher suite of TLS 1.3',
    host: '{ names: [a.example], software: nginx, tls: { version: "1.3", cipher: AES256-SHA } }',
    says: [
      'hosts.other.tls.version: expected "1.0" or "1.2" beside `cipher` and `resumption`; found "1.3"',
    ],
  },
  {
    what: 'a text for nginx in place of a cipher suite',
    host: '{ names: [a.example], software: nginx, tls: { cipher: "A; user root" } }',
    says: [
      'hosts.other.tls.cipher: expected a cipher suite as OpenSSL calls it, such as "DHE-RSA-AES256-SHA"; found "A; user root"',
    ],
  },
  {
    what: 'a redirect by another server than the lab’s',
    host: '{ names: [a.example], software: nginx, redirect: "http://b.example/" }',
    says: ["hosts.other.redirect: only the lab's own web server can do this; found nginx"],
  },
  {
    what: 'a log of another server than the lab’s',
    host: '{ names: [a.example], software: nginx }',
    row: 'probe: curl, urls: ["https://a.example/"], see: { failure: null, origin: { host: other, connections: 1 } }',
    says: [
      'expect[0].see.origin.host: expected a host that logs connections, as the lab\'s own server does; found "other", which is served by nginx',
    ],
  },
  {
    what: 'a cipher suite that OpenSSL does not know',
    host: '{ names: [a.example], software: nginx, tls: { cipher: DHE-RSA-AES256-SHA1 } }',
    says: [
      'hosts.other.tls.cipher: expected a cipher suite for an RSA key that OpenSSL knows, such as "DHE-RSA-AES256-SHA"; found "DHE-RSA-AES256-SHA1"; the nearest is "DHE-RSA-AES256-SHA"',
    ],
  },
  {
    what: 'a cipher suite for a key that the host has not',
    host: '{ names: [a.example], software: nginx, tls: { cipher: ECDHE-ECDSA-AES128-SHA } }',
    says: [
      'hosts.other.tls.cipher: expected a cipher suite for an RSA key that OpenSSL knows, such as "DHE-RSA-AES256-SHA"; found "ECDHE-ECDSA-AES128-SHA"; the nearest is "ECDHE-RSA-AES128-SHA"',
    ],
  },
  {
    what: 'a cipher suite that its version of TLS has not',
    host: '{ names: [a.example], software: nginx, tls: { version: "1.0", cipher: AES256-GCM-SHA384 } }',
    says: [
      'hosts.other.tls.cipher: expected one that TLS 1.0 has, such as "AES256-SHA"; found "AES256-GCM-SHA384", which needs version "1.2"',
    ],
  },
  {
    what: 'a cipher suite that Node is built without, and OpenSSL has',
    host: '{ names: [a.example], software: nginx, tls: { version: "1.0", cipher: DHE-RSA-CAMELLIA256-SHA } }',
    says: [],
  },
  {
    what: 'such a one that its version of TLS has not',
    host: '{ names: [a.example], software: nginx, tls: { version: "1.0", cipher: DHE-RSA-AES128-CCM } }',
    says: [
      'hosts.other.tls.cipher: expected one that TLS 1.0 has, such as "AES128-SHA"; found "DHE-RSA-AES128-CCM", which needs version "1.2"',
    ],
  },
  {
    what: 'that cipher suite with the version that it needs',
    host: '{ names: [a.example], software: nginx, tls: { version: "1.2", cipher: AES256-GCM-SHA384 } }',
    says: [],
  },
  {
    what: 'a certificate that ends before it begins',
    host: '{ names: [a.example], certificate: { name: a.example, from: "2021-06-12T00:00:00Z", to: "2021-03-14T00:00:00Z" } }',
    says: [
      'hosts.other.certificate.to: expected a time after it begins (2021-06-12T00:00:00Z); found "2021-03-14T00:00:00Z"',
    ],
  },
])('$what', ({ host, row, says }) => {
  expect(about(host, row)).toEqual(says);
});

test.each([
  'b.example',
  '/here',
  'ftp://b.example/',
  'http://',
  'http://b.example/ x',
  'http://ü.tv/',
])('a redirect to %s', (url) => {
  expect(about(`{ names: [a.example], redirect: "${url}" }`)).toEqual([
    `hosts.other.redirect: expected a URL of http or https in ASCII, such as "https://example.org/"; found "${url}"`,
  ]);
});

test.each([
  {
    row: 'probe: http, tls: "1.2", urls: ["http://a.tv/"], see: { failure: null }',
    says: ['expect[0].tls: only a probe curl or openssl or chromium can do this; found http'],
  },
  {
    row: 'probe: chromium, tls: "1.0", urls: ["https://a.tv/"], see: { failure: null }',
    says: ['expect[0].tls: only a probe curl or openssl can do this; found chromium'],
  },
  {
    row: 'probe: chromium, group: P-256, urls: ["https://a.tv/"], see: { failure: null }',
    says: ['expect[0].group: only a probe curl or openssl can do this; found chromium'],
  },
  {
    row: 'probe: chromium, connect: server, urls: ["https://a.tv/"], see: { failure: null }',
    says: [
      'expect[0].connect: only a probe tcp or http or https or curl or openssl or sni_blocking or tlsmiddlebox or tcpping can do this; found chromium',
    ],
  },
  {
    row: 'probe: chromium, ip: [4, 6], urls: ["https://a.tv/"], see: { failure: null }',
    says: ['expect[0].ip: Chromium itself chooses the version of IP: leave it out; found 6'],
  },
  {
    row: 'probe: dnscheck, timeout_s: 9, urls: ["dns:a.tv"], see: { failure: null }',
    says: [
      'expect[0].timeout_s: only a probe tcp or http or https or curl or openssl or chromium or dig or web_connectivity or sni_blocking or tlsmiddlebox or tcpping can do this; found dnscheck',
    ],
  },
  {
    row: 'probe: curl, urls: ["https://a.tv/"], see: { failure: null, failing: [1, 2] }',
    says: ['expect[0].see: expected `times` where some may fail and others not; found none'],
  },
])('a row: $row', ({ row, says }) => {
  expect(about('{ names: [a.example] }', row)).toEqual(says);
});

test('more hosts than a lab has networks for', () => {
  const hosts = Array.from({ length: 401 }, (_, i) => `h-${i}: {}`).join(', ');
  expect(complaintsAbout(`${scenarioOf({ evidence: EVIDENCE })}hosts: { ${hosts} }\n`)).toEqual([
    'x.yaml:19:8: hosts: expected at most 400 hosts, for each has a network of its own; found 401',
  ]);
});

/** Without their places. */
function about(host: string, row?: string): string[] {
  const file = `${scenarioOf({ evidence: EVIDENCE, ...(row === undefined ? {} : { expect: row }) })}hosts: { other: ${host} }\n`;
  return complaintsAbout(file).map((complaint) => complaint.replace(/^x\.yaml:\d+:\d+: /, ''));
}
