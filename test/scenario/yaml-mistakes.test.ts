import { describe, expect, test } from 'vitest';
import { parseCensor } from '../../src/scenario/censor-file.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import { parseTool } from '../../src/scenario/tool-file.ts';
import { editedScenario } from '../support/cli.ts';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

/* What breaks YAML's own rules has a line and a column, and is told how to be written. */

const host = (domains: string): string[] =>
  complaintsAbout(scenarioOf({ trigger: `{ match: http.host, domains: [${domains}] }` }));

test('a star that is not in quotes is told where it is, in a scenario of 300 lines', () => {
  const text = editedScenario([
    '&blocked [azadliq.info, azadliq.org,',
    '&blocked [azadliq.info, *.azadliq.org,',
  ]);
  expect(complaintsAbout(text)).toEqual([
    'x.yaml:44:67: found *.azadliq.org, an alias of an anchor that is not there; if it is text, write it in quotes: "*.azadliq.org"',
  ]);
});

test('a character in two halves is one', () => {
  const text = `rules: [{ name: r, trigger: { match: http.url, keywords: ["\\uD83D\\uDE00"] }, action: { do: reset } }]`;
  const [rule] = parseCensor(text, 'c.yaml').rules;
  expect(rule?.trigger).toMatchObject({ keywords: ['😀'] });
});

test('and in quotes it is what it is on a line of a list', () => {
  expect(host('"*.azadliq.org"')).toEqual([]);
});

test.each([
  ['@x', 44, /^found @x, and no value begins so; write it in quotes: "@x"$/],
  ['`x`', 44, /^found `x`, and no value begins so; write it in quotes: "`x`"$/],
  ['%x', 44, /^found %x, and no value begins so; write it in quotes: "%x"$/],
  ['!x', 44, /^found !x, and YAML takes it for a tag; write it in quotes: "!x"$/],
  ['a.org, *x', 51, /^found \*x, an alias of an anchor that is not there; .*in quotes: "\*x"$/],
  ['&x', 44, /^found &x, an anchor of nothing; if it is text, write it in quotes: "&x"$/],
  ['"a.org', 44, /^found a quote that is not closed/],
  ["'a.org'x'", 51, /^found more text behind the closing quote/],
  ['"a\\q"', 46, /^found "\\\\q", which stands for nothing in double quotes; .*single quotes$/],
  ['"\\uD800x"', 44, /^found "\\ud800x", with half of a character \(a surrogate alone\)/],
  ['"x\\uDC00"', 44, /^found "x\\udc00", with half of a character/],
  ['&a [*a]', 48, /^found \*a within what it stands for$/],
])('%s is told at its column', (value, column, says) => {
  const [first = ''] = host(value);
  const [, line, col, message] = /^x\.yaml:(\d+):(\d+): (.*)$/.exec(first) ?? [];
  expect([Number(line), Number(col), message]).toEqual([16, column, expect.stringMatching(says)]);
});

test.each([
  ['a: 1\n\tb: 2\n', 'x.yaml:2:1: found a tab before the first word of a line; indent with blanks'],
  ['a: 1\nb: 2\na: 3\n', 'x.yaml:3:1: a: duplicated key; expected it once'],
  ['a: 1\n---\nb: 2\n', 'x.yaml:2:1: found a second document; expected one'],
  [
    'a: b: c\n',
    'x.yaml:1:4: found b: c, and it has a colon and a blank; write it in quotes: "b: c"',
  ],
  ['? [a]\n: b\n', 'x.yaml:1:3: expected a word as the key; found a list, a mapping or an alias'],
  [
    'a: &a { b: 1 }\nc: { <<: *a }\n',
    'x.yaml:2:6: found the key "<<"; mappings are not merged here: write their keys out',
  ],
  ['a:\n  b: 1\n c: 2\n', 'x.yaml:3:1: not YAML: all mapping items must start at the same column'],
  ['a: [b\nc: d\n', 'x.yaml:2:1: not YAML: '],
  ['a: 1\nb\n', 'x.yaml:2:1: expected a key, with a colon and a blank behind it; found "b"'],
  ['a: 1\nb: 2\n\0', 'x.yaml:3:1: found the character NUL; take it out'],
  ['a: 1\rb: 2\r', 'x.yaml:1:5: found a line that ends in CR alone; end lines in LF or CRLF'],
  [
    'a: !!float 64496\n',
    'x.yaml:1:4: found the tag !!float, which does not fit here; leave it out',
  ],
  ['a: !!binary aGVsbG8=\n', 'x.yaml:1:13: found a value with the tag !!binary; leave the tag out'],
  ['a: !!timestamp 2001-01-01\n', 'x.yaml:1:16: found a value with the tag !!timestamp; leave'],
  ['a: !!set { b: }\n', 'x.yaml:1:10: found a value with the tag !!set; leave the tag out'],
  ['a: !!omap { b: 1 }\n', 'x.yaml:1:4: found the tag !!omap, which does not fit here; leave it'],
])('%j is told: %s', (text, says) => {
  expect(complaintsAbout(text)[0]).toContain(says);
});

test.each([
  ['99999999999999999999', 'expected at most 4294967295; found 100000000000000000000'],
  ['-99999999999999999999', 'expected at least 1; found -100000000000000000000'],
])('a number beyond all whole numbers, %s, is told once', (asn, says) => {
  const told = complaintsAbout(scenarioOf().replace(/asn: \d+/, `asn: ${asn}`));
  expect(told).toEqual([expect.stringMatching(new RegExp(`^x\\.yaml:.*\\.asn: ${says}$`))]);
});

describe('a key __proto__, which readers of objects drop, is refused at its place', () => {
  const MISTAKE = '__proto__: no key can have this name; write another name';

  test.each([
    ['networks: {', 'networks: { __proto__: { asn: no }, ', 6, 13],
    ['profiles:', 'profiles:\n  "__proto__": { preset: nope }', 12, 3],
    ['sources: {', 'sources: { __proto__: { nonsense: 1 }', 4, 12],
    ['name: r', 'name: r\n    __proto__: [1]', 16, 5],
  ])('in a scenario, for %s', (was, is, line, column) => {
    expect(complaintsAbout(scenarioOf().replace(was, is))).toEqual([
      `x.yaml:${line}:${column}: ${MISTAKE}`,
    ]);
  });

  test('in a file of a censor and of a tool', () => {
    expect(() => parseCensor('model: {}\n__proto__: [1]\n', 'c.yaml')).toThrow(
      `c.yaml:2:1: ${MISTAKE}`,
    );
    expect(() => parseTool('id: t\n__proto__: [1]\n', 't.yaml')).toThrow(`t.yaml:2:1: ${MISTAKE}`);
  });
});

describe('a key that YAML reads as a number, a truth value or nothing keeps its letters and its place', () => {
  test.each(['1', '007', '1e3', '0x10', 'true', 'null'])('%s', (key) => {
    const told = complaintsAbout(
      scenarioOf().replace('networks: {', `networks: { ${key}: { asn: no }, `),
    );
    expect(told[0]).toBe(
      `x.yaml:6:${22 + key.length}: networks.${key}.asn: expected a number; found "no"`,
    );
    expect(complaintsAbout(`${scenarioOf()}${key}: 1\n`)[0]).toMatch(
      new RegExp(`^x\\.yaml:\\d\\d:1: ${key}: unknown key;`),
    );
  });

  test.each(['007', '1e3', '0x10', 'true', 'null'])('a profile %s', (key) => {
    const profiles = scenarioOf().replace('profiles:', `profiles:\n  ${key}: {}`);
    expect(Object.keys(parseScenario(profiles, 'x.yaml').profiles)).toContain(key);
  });

  test.each([
    ['1.0', '1', []],
    ['1', '"1"', ['x.yaml:6:20: 1: duplicated key; expected it once']],
  ])('%s beside %s', (first, second, said) => {
    const both = `networks: { ${first}: {}, ${second}: {}, `;
    const told = complaintsAbout(scenarioOf().replace('networks: {', both));
    expect(told.filter((line) => line.includes('duplicated'))).toEqual(said);
  });
});

describe('a number, a truth value or nothing where a text is wanted is to be written in quotes', () => {
  test.each(['160301', '0x16', '1e3', '1.0', 'true', 'null', '~', '0o17'])('%s', (value) => {
    const trigger = `{ match: payload, hex: [${value}] }`;
    const [told = ''] = complaintsAbout(scenarioOf({ trigger }));
    expect(told).toMatch(/^x\.yaml:16:38: rules\[0\]\.trigger\.hex\[0\]: expected a text; found /);
    expect(told.endsWith(`: write it in quotes, "${value}"`)).toBe(true);
  });

  test('also where it is one of several', () => {
    const expectation =
      'probe: curl, tls: 1.2, urls: ["https://example.org/"], see: { failure: null }';
    expect(complaintsAbout(scenarioOf({ expect: expectation }))[0]).toMatch(
      /expect\[0\]\.tls: expected "1\.0" or "1\.2" or "1\.3"; found 1\.2: write it in quotes, "1\.2"$/,
    );
  });

  test.each([
    ['yes', 'write true'],
    ['no', 'write false'],
    ['Off', 'write false'],
  ])('"%s" is no truth value: %s', (value, fix) => {
    const trigger = `{ match: tls.client-hello, ech: ${value} }`;
    expect(complaintsAbout(scenarioOf({ trigger }))[0]).toContain(
      `expected true or false; found "${value}": ${fix}`,
    );
  });
});
