import { describe, expect, test } from 'vitest';
import { ChokepointError } from '../../src/base/errors.ts';
import { parseCensor } from '../../src/scenario/censor-file.ts';

function problemsIn(...rules: readonly string[]): string {
  const notices: string[] = [];
  const text = `model: { preset: strict }\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
  try {
    parseCensor(text, 'f.yaml', (notice) => notices.push(notice));
    return notices.join('\n');
  } catch (error) {
    if (!(error instanceof ChokepointError)) throw error;
    return error.message;
  }
}

function rule(trigger: string, verb = 'drop', name = 'r'): string {
  return `{ name: ${name}, trigger: ${trigger}, action: { do: ${verb} } }`;
}

const SNI = '{ match: tls.sni, domains: [a.test] }';

describe('a combination is refused', () => {
  test.each([
    {
      name: 'of one part',
      trigger: `{ match: all, of: [${SNI}] }`,
      want: 'f.yaml:3:43: rules[0].trigger.of: expected another part',
    },
    {
      name: 'of TCP and UDP',
      trigger: `{ match: all, of: [${SNI}, { match: quic.sni, domains: [a.test] }] }`,
      want: 'rules[0].trigger.of[1].match: "quic.sni" cannot be combined with tls.sni',
    },
    {
      name: 'whose `not` is about another message',
      trigger: `{ match: all, of: [${SNI}], not: [{ match: http.host, domains: [b.test] }] }`,
      want: 'rules[0].trigger.not[0].match: "http.host" cannot be known not to come',
    },
    {
      name: 'whose `not` is about bytes',
      trigger: `{ match: all, of: [${SNI}], not: [{ match: payload, keywords: [x] }] }`,
      want: 'more bytes may always come',
    },
    {
      name: 'within another',
      trigger: `{ match: all, of: [${SNI}, { match: all, of: [${SNI}, ${SNI}] }] }`,
      want: 'rules[0].trigger.of[1].match: expected "http.host"',
    },
    {
      name: 'with a mistake in a part',
      trigger: `{ match: all, of: [${SNI}, { match: volume }] }`,
      want: 'rules[0].trigger.of[1]: expected "bytes_over" or "packets_over"',
    },
    {
      name: 'with a list that is missing',
      trigger: `{ match: all, of: [{ match: tls.client-hello, ech: true }, { match: tls.sni, list: none.txt }] }`,
      want: 'rules[0].trigger.of[1].list',
    },
  ])('$name', ({ trigger, want }) => {
    expect(problemsIn(rule(trigger))).toContain(want);
  });

  test('with an answer to nothing', () => {
    const trigger = `{ match: all, of: [${SNI}, { match: tls.client-hello, ech: true }] }`;
    expect(
      problemsIn(
        `{ name: r, trigger: ${trigger}, action: { do: respond, status: 403, reason: No } }`,
      ),
    ).toContain('cannot be combined with trigger all: it answers a request');
  });
});

describe('a trigger of packets is refused', () => {
  test.each([
    {
      name: 'that asks for nothing',
      trigger: '{ match: packet }',
      want: 'expected "transport", "min_length", "max_length" or "bytes"',
    },
    {
      name: 'whose lengths are crossed',
      trigger: '{ match: packet, min_length: 9, max_length: 5 }',
      want: 'min_length: expected at most max_length, which is 5; found 9',
    },
    {
      name: 'whose bytes lie outside',
      trigger: '{ match: packet, max_length: 4, bytes: [{ at: 3, hex: "0102" }] }',
      want: 'bytes[0].at: expected bytes within max_length',
    },
    {
      name: 'whose mask is too short',
      trigger: '{ match: packet, bytes: [{ at: 0, hex: "0102", mask: "ff" }] }',
      want: 'expected a mask of 2 bytes',
    },
    {
      name: 'of UDP that is reset',
      trigger: '{ match: packet, transport: udp }',
      verb: 'reset',
      want: 'UDP, which has no RST',
    },
  ])('$name', ({ trigger, verb, want }) => {
    expect(problemsIn(rule(trigger, verb))).toContain(want);
  });
});

describe('an exception that may come too late is noticed:', () => {
  const pass = (trigger: string): string => rule(trigger, 'pass', 'p');
  const ADDRESS = '{ match: address, addresses: ["192.0.2.1"] }';
  test.each([
    { name: 'a name before an address', first: pass(SNI), second: rule(ADDRESS), isTold: true },
    {
      name: 'a ClientHello before its name',
      first: pass('{ match: tls.client-hello, ech: false }'),
      second: rule(SNI),
      isTold: true,
    },
    {
      name: 'a name before a ClientHello',
      first: pass(SNI),
      second: rule('{ match: tls.client-hello, ech: false }'),
      isTold: false,
    },
    { name: 'an address before a name', first: pass(ADDRESS), second: rule(SNI), isTold: false },
    {
      name: 'a name before names',
      first: pass(SNI),
      second: rule('{ match: tls.sni, domains: [b.test] }'),
      isTold: false,
    },
    {
      name: 'a name of TLS before a host',
      first: pass(SNI),
      second: rule('{ match: http.host, domains: [b.test] }'),
      isTold: false,
    },
    { name: 'behind the other rule', first: rule(ADDRESS), second: pass(SNI), isTold: false },
  ])('$name: $isTold', ({ first, second, isTold }) => {
    const told = problemsIn(first, second);
    if (isTold)
      expect(told).toMatch(
        /^f\.yaml:3:\d+: notice: rule "p" may be too late: its .* on which rule "r" acts/,
      );
    else expect(told).toBe('');
  });

  describe('behind a CONNECT', () => {
    const HOST = '{ match: http.host, domains: [a.test] }';
    const hostPass = rule(HOST, 'pass', 'q');
    test.each([
      { name: 'the name in TLS before the same name in HTTP', rules: [rule(HOST)], isTold: true },
      {
        name: 'a name below it',
        rules: [rule('{ match: http.host, domains: ["*.test"] }')],
        isTold: true,
      },
      {
        name: 'the same name as a keyword of the target',
        rules: [rule('{ match: http.url, keywords: [A.test] }')],
        isTold: true,
      },
      {
        name: 'the same name among other parts',
        rules: [rule(`{ match: all, of: [{ match: packet, min_length: 9 }, ${HOST}] }`)],
        isTold: true,
      },
      { name: 'with an exception for HTTP too', rules: [hostPass, rule(HOST)], isTold: false },
      { name: 'with that exception behind', rules: [rule(HOST), hostPass], isTold: true },
      { name: 'with exceptions alone', rules: [hostPass], isTold: false },
    ])('$name: $isTold', ({ rules, isTold }) => {
      const told = problemsIn(pass(SNI), ...rules);
      if (!isTold) expect(told).toBe('');
      else
        expect(told).toMatch(
          /^f\.yaml:3:34: notice: rule "p" may be too late: its "tls\.sni" comes, behind a CONNECT, in a later packet than .*"http\.(host|url)", on which rule "r" acts first$/,
        );
    });

    test('no name of QUIC comes', () => {
      const quic = pass('{ match: quic.sni, domains: [a.test] }');
      expect(problemsIn(quic, rule(HOST))).toBe('');
    });
  });

  test('not of other ports', () => {
    const first = `{ name: p, ports: [80], trigger: ${SNI}, action: { do: pass } }`;
    const second = `{ name: r, ports: [443], trigger: ${ADDRESS}, action: { do: drop } }`;
    expect(problemsIn(first, second)).toBe('');
  });
});
