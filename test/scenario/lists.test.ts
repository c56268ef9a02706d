import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NameMatch } from '../../src/policy/model.ts';
import { Observation } from '../../src/policy/observation.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { loadScenarioFile } from '../../src/scenario/library.ts';
import { policiesOf, policyOf } from '../../src/scenario/policy.ts';
import { ascii } from '../support/packets.ts';
import { complaintsAbout, type ScenarioParts, scenarioOf } from '../support/scenarios.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chokepoint-lists-'));
  mkdirSync(join(folder, 'scenario/lists'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a list file', () => {
  test.each([
    { list: 'meydan.tv\n', asks: 'www.meydan.tv', isIn: true },
    { list: '\ufeff# blocked\r\n\r\n  Meydan.TV  # since 2017\r\n', asks: 'meydan.tv', isIn: true },
    { list: '*.meydan.tv', asks: 'meydan.tv', isIn: false },
    { list: 'azadliq.info', asks: 'domains.tv', isIn: true },
    { list: 'azadliq.info', asks: 'example.org', isIn: false },
  ])('of $list, beside domains.tv: $asks is in it: $isIn', ({ list, asks, isIn }) => {
    write('lists/names.txt', list);
    expect(isBlocked(asks, { domains: ['domains.tv'] })).toBe(isIn);
  });

  test.each([
    { how: 'exact', asks: 'www.meydan.tv', isIn: false },
    { how: 'substring', asks: 'notmeydan.tv.example', isIn: true },
    { how: 'regex', asks: 'meydanxtv', isIn: true },
  ])('as $how: $asks is in it: $isIn', ({ how, asks, isIn }) => {
    write('lists/names.txt', 'meydan.tv');
    expect(isBlocked(asks, { as: how })).toBe(isIn);
  });

  test('may be a link to another file beside the scenario', () => {
    write('lists/real.txt', 'meydan.tv');
    symlinkSync('real.txt', join(folder, 'scenario/lists/names.txt'));
    expect(isBlocked('meydan.tv', {})).toBe(true);
  });
});

test('a list of many names is held once, however many rules have it', () => {
  const names = Array.from({ length: 100_000 }, (_, i) => `name-${i}.example`);
  write('lists/names.txt', names.join('\n'));
  write(
    'x.yaml',
    scenarioOf({ trigger: '{ match: http.host, list: lists/names.txt, domains: [meydan.tv] }' }),
  );
  const { rules } = loadScenarioFile(join(folder, 'scenario/x.yaml'));
  const [rule] = rules as [(typeof rules)[0]];
  const trigger = { ...rule.trigger, match: 'tls.sni' } as typeof rule.trigger;
  const bytesOf = (count: number): number => {
    const all = Array.from({ length: count }, (_, i) => (i % 2 ? { ...rule, trigger } : rule));
    const before = process.memoryUsage().arrayBuffers;
    const policy = policyOf(all, { preset: 'plain' });
    const after = process.memoryUsage().arrayBuffers;
    for (const { trigger } of policy.rules) {
      const bytes = ascii('name-99999.example');
      expect(trigger.matches(new Observation().of('http.host', bytes, 0, bytes.length))).toBe(true);
    }
    return after - before;
  };
  const one = bytesOf(1);
  expect(one).toBeGreaterThan(1_000_000);
  expect(bytesOf(8)).toBeLessThan(2 * one);
});

test('no box that takes names for regular expressions is made of a list with a star before a name', () => {
  write('lists/names.txt', '*.meydan.tv');
  write('x.yaml', scenarioOf({ trigger: '{ match: http.host, list: lists/names.txt }' }));
  const policyFor = policiesOf(loadScenarioFile(join(folder, 'scenario/x.yaml')).rules);
  const compared = (match: NameMatch) => policyFor({ ...PLAIN, host: { ...PLAIN.host, match } });
  expect(compared('regex')).toBeUndefined();
  expect(compared('exact')).toBeDefined();
});

describe('what is wrong with a list is told', () => {
  test.each([
    {
      name: 'a list without names',
      list: '# none yet\n',
      says: 'lists/names.txt:1:1: expected a name on a line; found none',
    },
    {
      name: 'more expressions than can be tried for each packet',
      list: 'a.tv\n'.repeat(1001),
      parts: { profile: '{ host: { match: regex } }' },
      says: 'x.yaml:16:40: rules[0].trigger.list: expected at most 1000 names where they are regular expressions; found 1001',
    },
    {
      name: 'longer expressions than can be tried for each packet',
      list: `${'a'.repeat(60)}.tv\n`.repeat(300),
      parts: { profile: '{ host: { match: regex } }' },
      says: 'x.yaml:16:40: rules[0].trigger.list: expected at most 16384 bytes of names where they are regular expressions; found 19200',
    },
    {
      name: 'a star before a name that is a regular expression',
      list: 'meydan.tv\n*.azadliq.info\n',
      parts: { profile: '{ host: { match: regex } }' },
      says: 'lists/names.txt:2:1: rules[0].trigger: expected a name without "*." before it, for names are regular expressions here',
    },
    {
      name: 'more bytes than can be looked for anywhere',
      list: `${'a'.repeat(60)}.tv\n`.repeat(70_000),
      parts: { profile: '{ http: { parse: substring } }' },
      says: 'x.yaml:16:40: rules[0].trigger.list: expected at most 4194304 bytes of names where they may stand anywhere; found 4480000',
    },
  ])('$name', ({ list, parts = {}, says }) => {
    write('lists/names.txt', list);
    expect(complaints('lists/names.txt', parts)).toEqual([says]);
  });

  const OUTSIDE = 'expected a file beside this one or below, named relative to it';
  test.each([
    { list: '/etc/passwd', says: `${OUTSIDE}; found "/etc/passwd"` },
    { list: '"a\\0b"', says: `${OUTSIDE}; found "a\\u0000b"` },
    { list: 'a'.repeat(5000), says: `${OUTSIDE}; "${'a'.repeat(56)}...: the name is too long` },
    { list: '../outside.txt', says: `${OUTSIDE}; found "../outside.txt"` },
    { list: 'lists/../../outside.txt', says: `${OUTSIDE}; found "lists/../../outside.txt"` },
    {
      list: 'lists/link.txt',
      says: `${OUTSIDE}; found "lists/link.txt", a link to FOLDER/outside.txt`,
    },
    {
      list: 'up/outside.txt',
      says: `${OUTSIDE}; found "up/outside.txt", a link to FOLDER/outside.txt`,
    },
    { list: 'loop.txt', says: `${OUTSIDE}; "loop.txt": its links go in a circle` },
    { list: 'none.txt', says: `${OUTSIDE}; "none.txt": there is no such file` },
    { list: 'lists', says: `${OUTSIDE}; "lists" is no regular file` },
    { list: '.', says: `${OUTSIDE}; found "."` },
  ])('$list', ({ list, says }) => {
    writeFileSync(join(folder, 'outside.txt'), 'meydan.tv');
    symlinkSync('../../outside.txt', join(folder, 'scenario/lists/link.txt'));
    symlinkSync('..', join(folder, 'scenario/up'));
    symlinkSync('loop.txt', join(folder, 'scenario/loop.txt'));
    const [said, ...others] = complaints(list, {});
    expect(others).toEqual([]);
    expect(said?.replaceAll(folder, 'FOLDER')).toBe(`x.yaml:16:40: rules[0].trigger.list: ${says}`);
  });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, 'scenario', name), text);
}

/** Places are told relative to the scenario's folder. */
function complaints(list: string, parts: ScenarioParts): string[] {
  const text = scenarioOf({ ...parts, trigger: `{ match: http.host, list: ${list} }` });
  const file = join(folder, 'scenario/x.yaml');
  return complaintsAbout(text, file).map((line) => line.replace(`${folder}/scenario/`, ''));
}

function isBlocked(host: string, trigger: object): boolean {
  const said = JSON.stringify({ match: 'http.host', list: 'lists/names.txt', ...trigger });
  write('x.yaml', scenarioOf({ trigger: said }));
  const { rules, profiles } = loadScenarioFile(join(folder, 'scenario/x.yaml'));
  const [rule] = policyOf(rules, profiles['p'] ?? { preset: 'plain' }).rules;
  const bytes = ascii(host);
  return rule?.trigger.matches(new Observation().of('http.host', bytes, 0, bytes.length)) ?? false;
}
