import { describe, expect, test } from 'vitest';
import { ChokepointError } from '../../src/base/errors.ts';
import { parseCensor } from '../../src/scenario/censor-file.ts';

/* A rule that no packet, message or flow can set off is a mistake of the file. */

function mistakesOf(trigger: string): string {
  try {
    parseCensor(
      `rules:\n  - name: r\n    action: { do: drop }\n    trigger:\n      ${trigger}\n`,
      'f.yaml',
    );
    return '';
  } catch (error) {
    if (!(error instanceof ChokepointError)) throw error;
    return error.message;
  }
}

const bothOf = (one: string, other: string): string =>
  `{ match: all, of: [{ match: ${one} }, { match: ${other} }] }`;
const butNot = (one: string, other: string): string =>
  `{ match: all, of: [{ match: ${one} }], not: [{ match: ${other} }] }`;

describe('parts that agree in pairs and never hold together are refused at the last:', () => {
  const ja3 = (...digits: string[]): string =>
    `{ match: tls.client-hello, ja3: [${digits.map((digit) => `"${digit.repeat(32)}"`).join(', ')}] }`;
  const protocols = (list: string): string => `{ match: protocol, is: [${list}] }`;
  const addresses = (list: string): string => `{ match: address, addresses: [${list}] }`;
  test.each([
    [[protocols('tls, http'), protocols('http, dns'), protocols('tls, dns')], [], 'no protocol'],
    [[protocols('tls, http')], [protocols('tls'), protocols('http')], 'no protocol is left'],
    [[ja3('a', 'b'), ja3('b', 'c'), ja3('a', 'c')], [], 'no value of "ja3" is left'],
    [
      [
        addresses('1.0.0.0/8, 2.0.0.0/8'),
        addresses('2.0.0.1, 3.0.0.1'),
        addresses('1.1.1.1, 3.0.0.1'),
      ],
      [],
      'no address is in all',
    ],
    [
      [addresses('"*:1-20"'), addresses('"*:10-30", "*:1"'), addresses('"*:2-9", "*:21-40"')],
      [],
      'no address is in all',
    ],
  ])('%s, not %s', (of, not, because) => {
    const trigger = `{ match: all, of: [${of.join(', ')}]${not.length > 0 ? `, not: [${not.join(', ')}]` : ''} }`;
    const where = not.length > 0 ? `not[${not.length - 1}]` : `of[${of.length - 1}]`;
    const [line, ...more] = mistakesOf(trigger).split('\n');
    expect(more).toEqual([]);
    expect(line).toContain(`${where}: cannot be combined with all parts before it: ${because}`);
  });

  test('and so are two lists of a thousand addresses that have none in common', () => {
    const list = (network: number): string =>
      addresses(
        Array.from({ length: 1000 }, (_, i) => `10.${network}.${i >> 8}.${i & 255}`).join(', '),
      );
    expect(mistakesOf(`{ match: all, of: [${list(1)}, ${list(2)}] }`)).toContain(
      'of[1]: cannot be combined with of[0]: no address is in both',
    );
  });

  test('and three that do are not', () => {
    const three = ['tls, http', 'http, dns', 'http, ssh'].map(protocols).join(', ');
    expect(mistakesOf(`{ match: all, of: [${three}] }`)).toBe('');
  });
});

describe('two parts that never hold together are refused at the second:', () => {
  test.each([
    ['address, addresses: [1.2.3.4]', 'address, addresses: [4.3.2.1]', 'no address is in both'],
    [
      'address, addresses: [10.0.0.0/8]',
      'address, addresses: [11.0.0.0/9, "::/0"]',
      'no address is in both',
    ],
    [
      'address, addresses: ["*:80"]',
      'address, addresses: ["1.2.3.4:81-90"]',
      'no address is in both',
    ],
    ['protocol, is: [http]', 'protocol, is: [tls]', 'one first payload'],
    ['protocol, is: [http]', 'protocol, not: [http, tls]', 'one first payload'],
    [
      'packet, min_length: 100',
      'packet, max_length: 50',
      'no packet has at least 100 and at most 50 bytes',
    ],
    [
      'packet, max_length: 5',
      'packet, bytes: [{ at: 5, hex: "01" }]',
      'no packet has at least 6 and at most 5 bytes',
    ],
    [
      'packet, bytes: [{ at: 4, hex: "0102" }]',
      'packet, bytes: [{ at: 5, hex: "03" }]',
      'both bytes at one place',
    ],
    ['tls.client-hello, sni: absent', 'tls.client-hello, sni: present', 'both values of "sni"'],
    ['tls.client-hello, ech: true', 'tls.client-hello, ech: false', 'both values of "ech"'],
    [
      'tls.client-hello, ciphers: [1]',
      'tls.client-hello, ciphers: [1, 2]',
      'both values of "ciphers"',
    ],
    ['tls.client-hello, sni: absent', 'tls.sni, domains: [a.test]', 'has no such name'],
    ['quic.sni, domains: [a.test]', 'tls.client-hello, sni: absent', 'has no such name'],
    [
      'tls.server-flight, version: [0x0303]',
      'tls.server-flight, version: [0x0304]',
      'both values of "version"',
    ],
  ])('%s; %s', (one, other, says) => {
    const told = mistakesOf(bothOf(one, other));
    expect(told).toMatch(
      /^f\.yaml:5:\d+: rules\[0\]\.trigger\.of\[1\]: cannot be combined with of\[0\]: /,
    );
    expect(told).toContain(says);
  });

  test.each([
    ['address, addresses: ["*:443/tcp"]', 'quic.sni, domains: [a.test]'],
    ['protocol, is: [quic]', 'tls.sni, domains: [a.test]'],
    ['protocol, is: [ssh]', 'packet, transport: udp'],
  ])('%s; %s: one is of UDP, the other of TCP', (one, other) => {
    expect(mistakesOf(bothOf(one, other))).toContain('no flow is both');
  });
});

describe('a part that must not hold, and holds wherever another does, is refused:', () => {
  test.each([
    ['http.host, domains: [a.test]', 'http.host, domains: [a.test]'],
    ['http.host, domains: [a.test]', 'http.host, domains: [b.test, a.test]'],
    ['tls.sni, domains: [www.a.test], as: suffix', 'tls.sni, domains: [a.test], as: suffix'],
    ['http.host, patterns: ["x+"]', 'http.host, patterns: ["x+"]'],
    ['http.url, keywords: [a]', 'http.url, keywords: [b, a]'],
    ['tls.sni, domains: [a.test]', 'tls.client-hello, sni: present'],
    ['tls.client-hello, ech: true', 'tls.client-hello, ech: true'],
    ['tls.client-hello, ech: true, esni: false', 'tls.client-hello, esni: false'],
    ['tls.client-hello, ja3: ["00000000000000000000000000000000"]', 'tls.client-hello'],
    ['address, addresses: [1.2.3.4]', 'address, addresses: [1.2.0.0/16], of: either'],
    ['packet, min_length: 100', 'packet, min_length: 50'],
    [
      'packet, transport: tcp, bytes: [{ at: 0, hex: "0102" }]',
      'packet, min_length: 2, bytes: [{ at: 0, hex: "f1", mask: "0f" }]',
    ],
    ['protocol, is: [http]', 'protocol, not: [tls]'],
    ['volume, bytes_over: 100', 'volume, bytes_over: 50, packets_over: 9'],
    ['fully-encrypted', 'fully-encrypted'],
  ])('%s; not %s', (one, other) => {
    expect(mistakesOf(butNot(one, other))).toMatch(
      /^f\.yaml:5:\d+: rules\[0\]\.trigger\.not\[0\]: cannot be combined with of\[0\]: where that holds, this holds too; leave one of them out$/,
    );
  });

  test('also one of two of which one always holds', () => {
    const trigger =
      '{ match: all, of: [{ match: tls.sni, domains: [a.test] }], not: [{ match: tls.client-hello, ech: true }, { match: tls.client-hello, ech: false }] }';
    expect(mistakesOf(trigger)).toContain('not[1]: cannot be combined with not[0]: one of the two');
  });
});

describe('a trigger that contradicts itself is refused:', () => {
  test('two values for one byte', () => {
    const bytes = '{ at: 4, hex: "0001" }, { at: 5, hex: "02" }';
    expect(mistakesOf(`{ match: packet, bytes: [${bytes}] }`)).toBe(
      'f.yaml:5:70: rules[0].trigger.bytes[1].hex: cannot be combined with bytes[0]: no packet has both at one place; leave one out',
    );
  });

  test('every protocol left out', () => {
    expect(mistakesOf('{ match: protocol, not: [tls, http, dns, ssh, quic, unknown] }')).toContain(
      'rules[0].trigger.not: expected a protocol to be left; found all of them',
    );
  });
});

describe('parts that may hold together are read:', () => {
  test.each([
    bothOf('http.host, domains: [a.test]', 'http.host, domains: [b.test]'),
    bothOf('address, addresses: [1.2.3.4]', 'address, addresses: [4.3.2.1], of: client'),
    bothOf(
      'address, addresses: [1.2.3.4], of: either',
      'address, addresses: [4.3.2.1], of: either',
    ),
    bothOf('address, addresses: [1.2.0.0/16]', 'address, addresses: ["1.2.3.0/24:443"]'),
    bothOf('protocol, is: [http]', 'tls.sni, domains: [a.test]'),
    bothOf('packet, min_length: 50', 'packet, max_length: 50'),
    bothOf(
      'packet, bytes: [{ at: 0, hex: "f1", mask: "f0" }]',
      'packet, bytes: [{ at: 0, hex: "02", mask: "0f" }]',
    ),
    bothOf('tls.client-hello, ech: true', 'tls.client-hello, esni: false'),
    bothOf('tls.client-hello, sni: present', 'tls.sni, domains: [a.test]'),
    butNot('http.host, domains: [a.test]', 'http.host, domains: [www.a.test]'),
    butNot('address, addresses: [1.2.0.0/16]', 'address, addresses: [1.2.3.4]'),
    butNot('address, addresses: ["*"]', 'address, addresses: [1.2.3.4]'),
    butNot('packet, min_length: 50', 'packet, min_length: 100'),
    butNot('packet, bytes: [{ at: 0, hex: "01" }]', 'packet, bytes: [{ at: 0, hex: "0102" }]'),
    butNot('volume, bytes_over: 50', 'volume, bytes_over: 100'),
    butNot('tls.client-hello, ech: true', 'tls.client-hello, ech: true, esni: true'),
    butNot('protocol, is: [http, tls]', 'protocol, is: [tls]'),
    butNot('tls.sni, domains: [a.test]', 'tls.client-hello, ech: true'),
  ])('%s', (trigger) => {
    expect(mistakesOf(trigger)).toBe('');
  });
});
