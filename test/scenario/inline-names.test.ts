import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ChokepointError } from '../../src/base/errors.ts';
import { parseCensor } from '../../src/scenario/censor-file.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import { temporaryFolder } from '../support/folder.ts';
import { complaintsAbout, scenarioOf } from '../support/scenarios.ts';

/* A name in `domains` is what a line of a list file is: one rule, and the same words, for both. */

const NAMES = [
  ...[
    '198.51.100.7',
    '2001:db8::1',
    '-bad-.test',
    'xn--a.test',
    'a b',
    'https://a.org/x',
    'a.org:80',
  ],
  ...[
    '||ads.example^',
    'a..b',
    '*',
    '*a.org',
    'a*.org',
    `${'x'.repeat(64)}.org`,
    'b\u00fc\ufffd.org',
  ],
  ...[
    'meydan.tv',
    '*.meydan.tv',
    '.meydan.tv',
    'Meydan.TV',
    'meydan.tv.',
    ' meydan.tv ',
    'meydan.tv # since 2017',
    '192.0.2.0/24',
    'b\u00fccher.example',
    '7.org',
  ],
];

test.each(NAMES)('%s is judged alike in `domains` and in a list', (name) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'names.txt'), name);
  const inList = complaintsAbout(
    scenarioOf({ trigger: '{ match: http.host, list: names.txt }' }),
    join(folder, 'x.yaml'),
  ).map((line) => line.replace(/^.*names\.txt:1:\d+: /, ''));
  const trigger = `{ match: http.host, domains: [${JSON.stringify(name)}] }`;
  const inline = complaintsAbout(scenarioOf({ trigger })).map((line) =>
    line.replace('x.yaml:16:44: rules[0].trigger.domains[0]: ', ''),
  );
  expect(inline).toEqual(inList);
});

test('a censor file with an address, dashes and no Punycode in `domains` is refused, each with what to write', () => {
  const text =
    'rules:\n  - { name: n, trigger: { match: tls.sni, domains: ["198.51.100.7", "-bad-.test", "xn--a.test"] }, action: { do: drop } }\n';
  const complaints = (): string[] => {
    try {
      parseCensor(text, 'input.yaml');
      return [];
    } catch (error) {
      return (error as ChokepointError).message.split('\n');
    }
  };
  expect(complaints()).toEqual([
    expect.stringMatching(/^input\.yaml:2:53: .*an address: write it into `addresses`/),
    expect.stringMatching(
      /^input\.yaml:2:69: .*a dash at its beginning or end: write "bad-\.test"/,
    ),
    expect.stringMatching(/^input\.yaml:2:83: .*"xn--a" is no Punycode/),
  ]);
});

test.each([
  ['origin', '"198.51.100.7"'],
  ['origin', '"-a-"'],
])('names elsewhere are names of hosts too: %s %s', (_, name) => {
  const text = scenarioOf().replace('names: [example.org]', `names: [example.org, ${name}]`);
  expect(complaintsAbout(text)[0]).toMatch(/origin\.names\[1\]: expected a domain name such as/);
});

describe('a value that is there twice is no mistake, and may be a slip', () => {
  test.each([
    [
      '{ match: http.host, domains: [a.org, b.org, A.org] }',
      'x.yaml:16:58: notice: "A.org" is in this list already, as number 1',
    ],
    [
      '{ match: payload, keywords: [one, one] }',
      'x.yaml:16:48: notice: "one" is in this list already, as number 1',
    ],
    [
      '{ match: address, addresses: [192.0.2.1, 192.0.2.1] }',
      'x.yaml:16:55: notice: "192.0.2.1" is in this list already, as number 1',
    ],
  ])('%s', (trigger, says) => {
    const notices: string[] = [];
    parseScenario(scenarioOf({ trigger }), 'x.yaml', (text) => notices.push(text));
    expect(notices).toEqual([says]);
  });
});

test('regular expressions have no star in front, in `domains` as in a list', () => {
  const trigger = '{ match: http.host, as: regex, domains: ["a.org", "*.a.org"] }';
  expect(complaintsAbout(scenarioOf({ trigger }))).toEqual([
    'x.yaml:16:64: rules[0].trigger.domains[1]: expected a name without "*." before it, for names are regular expressions here',
  ]);
});
