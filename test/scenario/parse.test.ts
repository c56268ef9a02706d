import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml, stringify } from 'yaml';
import type { ChokepointError } from '../../src/base/errors.ts';
import { loadScenario, scenarioIds } from '../../src/scenario/library.ts';
import { parseScenario } from '../../src/scenario/parse.ts';

const AZ_2017 = readFileSync(new URL('../../scenarios/az-2017.yaml', import.meta.url), 'utf8');

test.each(scenarioIds())('%s is valid and has a negative control', (id) => {
  const scenario = loadScenario(id);
  expect(scenario.expect.some(({ see }) => see.failure === null)).toBe(true);
});

describe('a mistake is told with file, line, column, field, what was expected and what was found', () => {
  test.each([
    {
      name: 'a wrong value',
      from: 'to: both',
      to: 'to: bth',
      want: /^x\.yaml:45:37: rules\[0\]\.action\.to: expected "client" or "server" or "both"; found "bth"$/m,
    },
    {
      name: 'a wrong type',
      from: 'asn: 57293',
      to: 'asn: "57293"',
      want: /^x\.yaml:22:17: networks\.katv1\.asn: expected a number; found "57293"$/m,
    },
    {
      name: 'an unknown key',
      from: 'near_rtt_ms: 1.5',
      to: 'near_rtt_ms: 1.5\n  speed: fast',
      want: /^x\.yaml:31:\d+: topology\.speed: unknown key; expected one of client, bypass, inside, middlebox, near_rtt_ms, far_rtt_ms, near_jitter_ms, far_jitter_ms, near_loss, far_loss, near_hops, far_hops, transit$/m,
    },
    {
      name: 'a missing field',
      from: /^title: .*\n/m,
      to: '',
      want: /^x\.yaml:\d+:\d+: title: expected a text; it is missing$/m,
    },
    {
      name: 'a number out of range',
      from: 'ttl: 64',
      to: 'ttl: 0',
      want: /^x\.yaml:45:\d+: rules\[0\]\.action\.ttl: expected at least 1; found 0$/m,
    },
    {
      name: 'a domain that is none',
      from: 'azadliq.org, meydan.tv] }',
      to: 'azadliq.org, meydan..tv] }',
      want: /rules\[0\]\.trigger\.domains\[2\]: expected a domain name such as .*found "meydan\.\.tv", an empty label/m,
    },
    {
      name: 'a network that is not there',
      from: 'client: katv1',
      to: 'client: katv2',
      want: /^x\.yaml:27:11: topology\.client: expected a network of this file \(delta, katv1, azercell, other\); found "katv2"$/m,
    },
    {
      name: 'a profile that is not there',
      from: 'profiles: [packet]',
      to: 'profiles: [paket]',
      want: /expected a profile of this file \(packet, in-order\); found "paket"$/m,
    },
    {
      name: 'a profile by the name of something every object has',
      from: 'profiles: [packet]',
      to: 'profiles: [toString]',
      want: /expected a profile of this file \(packet, in-order\); found "toString"$/m,
    },
    {
      name: 'a source that is not there',
      from: 'source: qurium-2017',
      to: 'source: qurium-2018',
      want: /^x\.yaml:\d+:\d+: evidence\[0\]\.source: expected a source of this file/m,
    },
    {
      name: 'a value without evidence',
      from: 'topology.far_rtt_ms',
      to: 'topology.near_rtt_ms',
      want: /^x\.yaml:31:15: topology\.far_rtt_ms: no evidence for this value/m,
    },
    {
      name: 'a default without evidence',
      from: /rules\.\*\.action\.ttl, /,
      to: '',
      want: /rules\[0\]\.action\.ttl: no evidence for this value/m,
    },
    {
      name: 'evidence for nothing',
      from: 'fields: [profiles]',
      to: 'fields: [profiles, mood]',
      want: /evidence\[\d+\]\.fields\[1\]: no value of this file is called "mood"$/m,
    },
    {
      name: 'two rules of one name',
      from: 'blocked site, TLS',
      to: 'blocked site, HTTP',
      want: /^x\.yaml:46:11: rules\[1\]\.name: there is a rule "blocked site, HTTP" already/m,
    },
    {
      name: 'a probe that cannot do this',
      from: 'split: name',
      to: 'split: name\n    after: [a.example]\n    beside: https://a.example/',
      want: /expect\[\d+\]\.beside: only a probe https can do this; found http$/m,
    },
    {
      name: 'a URL of no handshake beside one',
      from: /beside: https:\S+/,
      to: 'beside: mailto:x@y',
      want: /expect\[\d+\]\.beside: a probe https takes https; found "mailto:x@y"$/m,
    },
    ...['dns:', 'dns:x?type=ZZZ'].map((url) => ({
      name: `a target of the matrix that asks nothing: ${url}`,
      from: 'expect:\n',
      to: `matrix: [{ name: a, blocked: "${url}", allowed: "dns:x.example" }]\nexpect:\n`,
      want: /matrix\[0\]\.blocked: expected a question such as "dns:meydan\.tv" or /m,
    })),
    {
      name: 'a URL the probe does not take',
      from: 'tcp://meydan.tv:80',
      to: 'http://meydan.tv:80',
      want: /a probe tcp takes tcp; found "http:\/\/meydan\.tv:80"$/m,
    },
    {
      name: 'bad YAML',
      from: 'rules:',
      to: 'rules: [',
      want: /^x\.yaml:\d+:\d+: not YAML: /m,
    },
    {
      name: 'a key that comes twice',
      from: 'id: az-2017',
      to: 'id: az-2017\nid: az-2018',
      want: /^x\.yaml:3:1: id: duplicated key; expected it once/m,
    },
  ])('$name', ({ from, to, want }) => {
    const text = AZ_2017.replace(from, to);
    expect(text).not.toBe(AZ_2017);
    const error = errorOf(text);
    expect(error).toMatchObject({ code: 'SCENARIO_INVALID', exitCode: 2 });
    expect(error.message).toMatch(want);
  });

  test('fields of evidence by thousands, for a file with thousands of values', () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `x${i}.example`);
    const wrong = Array.from({ length: 20_000 }, (_, i) => `"origin.nothing${i}"`);
    const text = AZ_2017.replace(/names: \[/, `names: [${names.join(', ')}, `).replace(
      'fields: [profiles]',
      `fields: [profiles, ${wrong.join(', ')}]`,
    );
    expect(errorOf(text).message).toMatch(/no value of this file is called "origin\.nothing0"$/m);
  });

  test('a file of anything but a map', () => {
    expect(errorOf('just words').message).toMatch(
      /^x\.yaml:1:1: .*expected a mapping of keys to values/,
    );
    expect(errorOf('').message).toMatch(/^x\.yaml:1:1: .*expected a mapping of keys to values/);
  });

  test('a file that is too long, or blows up when its aliases are followed', () => {
    expect(errorOf('#'.repeat(2 ** 20 + 1)).message).toMatch(/^x\.yaml:1:1: .*at most 1048576/);
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf'].map((pair) => [...pair])) {
      lines.push(`${name}: &${name} [${Array(10).fill(`*${of}`).join(', ')}]`);
    }
    expect(errorOf(lines.join('\n')).message).toMatch(
      /^x\.yaml:2:8: found aliases that stand for too much/,
    );
  });
});

test('fields of evidence may be written as problems and the reference write them', () => {
  const plain = parseYaml(AZ_2017) as { evidence: { fields: string[] }[] };
  const bracketed = plain.evidence.map(({ fields, ...entry }) => ({
    ...entry,
    fields: fields.map((field) => field.replace(/\.(\d+|\*)(?=\.|$)/g, '[$1]')),
  }));
  const fields = bracketed.flatMap((entry) => entry.fields);
  expect(fields).toContain('rules[*].trigger');
  const more = { status: 'surrogate', because: 'it is so', fields: ['rules[0].action'] };
  const text = stringify({ ...plain, evidence: [...bracketed, more] });
  expect(parseScenario(text, 'x.yaml').id).toBe('az-2017');
});

function errorOf(text: string): ChokepointError {
  try {
    parseScenario(text, 'x.yaml');
  } catch (error) {
    return error as ChokepointError;
  }
  throw new Error('it was accepted');
}
