import { describe, expect, test } from 'vitest';
import type { HostNormalise } from '../../../src/policy/match/host-name.ts';
import { type NamesOptions, names } from '../../../src/policy/match/names.ts';
import type { NameMatch } from '../../../src/policy/model.ts';
import { Observation } from '../../../src/policy/observation.ts';
import { ascii, placed } from '../../support/packets.ts';

const LENIENT: HostNormalise = {
  case: 'ignored',
  trailingDot: 'strip',
  port: 'strip',
  extras: 'literal',
  idna: false,
};
const LITERAL: HostNormalise = {
  case: 'exact',
  trailingDot: 'literal',
  port: 'literal',
  extras: 'literal',
  idna: false,
};
const HOSTS = [
  'meydan.tv',
  'www.meydan.tv',
  'notmeydan.tv',
  'meydan.tv.example',
  'meydan-tv',
  'tv',
] as const;

describe('of these hosts, a list with', () => {
  test.each<{ how: NameMatch; list: readonly string[] | string; want: readonly string[] }>([
    { how: 'exact', list: ['meydan.tv'], want: ['meydan.tv'] },
    { how: 'suffix', list: ['meydan.tv'], want: ['meydan.tv', 'www.meydan.tv'] },
    {
      how: 'substring',
      list: ['meydan.tv'],
      want: ['meydan.tv', 'www.meydan.tv', 'notmeydan.tv', 'meydan.tv.example'],
    },
    {
      how: 'regex',
      list: ['^(www\\.)?meydan.tv$'],
      want: ['meydan.tv', 'www.meydan.tv', 'meydan-tv'],
    },
    { how: 'exact', list: ['*.meydan.tv'], want: ['www.meydan.tv'] },
    { how: 'exact', list: ['.meydan.tv'], want: ['meydan.tv', 'www.meydan.tv'] },
    {
      how: 'suffix',
      list: '# a list\r\n\r\n  *.meydan.tv # below it\r\n',
      want: ['www.meydan.tv'],
    },
    {
      how: 'substring',
      list: '*.meydan.tv # the name alone counts\n\n',
      want: ['meydan.tv', 'www.meydan.tv', 'notmeydan.tv', 'meydan.tv.example'],
    },
    { how: 'regex', list: '\uFEFF# patterns\n^tv$\n', want: ['tv'] },
    { how: 'regex', list: '.+\\.meydan\\.tv\n', want: ['www.meydan.tv'] },
    { how: 'exact', list: [], want: [] },
    { how: 'substring', list: [], want: [] },
    { how: 'regex', list: [], want: [] },
  ])('$list ($how) has $want', ({ how, list, want }) => {
    const matcher = matching({ names: typeof list === 'string' ? utf8(list) : list, how });
    expect(HOSTS.filter((host) => matcher(host))).toEqual(want);
  });
});

test('a regular expression does not look at what is longer than any host', () => {
  const matcher = matching({ names: ['a'], how: 'regex' });
  expect([512, 513].map((length) => matcher('a'.repeat(length)))).toEqual([true, false]);
});

describe('what is done to a host before it is looked up', () => {
  test.each<{ host: string; knob: Partial<HostNormalise>; with: boolean; without: boolean }>([
    { host: 'WWW.Meydan.TV', knob: { case: 'ignored' }, with: true, without: false },
    { host: 'meydan.tv.', knob: { trailingDot: 'strip' }, with: true, without: false },
    { host: 'meydan.tv..', knob: { trailingDot: 'strip' }, with: false, without: false },
    { host: 'meydan.tv:8080', knob: { port: 'strip' }, with: true, without: false },
    { host: 'meydan.tv', knob: {}, with: true, without: true },
  ])('$host with $knob: $with, without: $without', ({ host, knob, with: on, without }) => {
    const is = (normalise: HostNormalise): boolean =>
      matching({ names: ['meydan.tv'], how: 'suffix', normalise })(host);
    expect([is({ ...LITERAL, ...knob }), is(LITERAL)]).toEqual([on, without]);
  });

  test('is done in the order port, dot', () => {
    expect(matching({ names: ['meydan.tv'], how: 'exact' })('meydan.tv.:80')).toBe(true);
  });

  test.each(['exact', 'suffix', 'substring', 'regex'] as const)(
    'matters for %s alike: letter case',
    (how) => {
      const is = (normalise: HostNormalise): boolean =>
        matching({ names: ['meydan.tv'], how, normalise })('MEYDAN.tv');
      expect([is(LENIENT), is({ ...LENIENT, case: 'exact' })]).toEqual([true, false]);
    },
  );

  test('turns Unicode into what DNS knows it as, if told to', () => {
    const host = Buffer.from('bücher.example', 'utf8').toString('latin1');
    const is = (idna: boolean): boolean =>
      matching({ names: ['xn--bcher-kva.example'], how: 'exact', normalise: { ...LENIENT, idna } })(
        host,
      );
    expect([is(true), is(false)]).toEqual([true, false]);
  });
});

describe('what was matched', () => {
  test.each<{ how: NameMatch; list: string; text: string; at: number }>([
    { how: 'exact', list: 'www.meydan.tv', text: 'www.meydan.tv', at: 0 },
    { how: 'suffix', list: 'meydan.tv', text: 'www.meydan.tv', at: 0 },
    { how: 'regex', list: 'dan', text: 'www.meydan.tv', at: 0 },
    { how: 'substring', list: 'meydan', text: 'meydan', at: 4 },
  ])('by $how is $text', ({ how, list, text, at }) => {
    const seen = observed('www.meydan.tv');
    expect(names('tls.sni', { names: [list], how, normalise: LENIENT }).matches(seen)).toBe(true);
    expect([seen.matchedText, seen.matchedAt - seen.at]).toEqual([text, at]);
  });
});

describe('in raw bytes', () => {
  const PAYLOAD = '\x16\x03\x01..WWW.meydan.tv\x00\x17';

  test.each(['exact', 'suffix', 'substring'] as const)(
    'a name of the list is found anywhere, whatever %s would make of a name',
    (how) => {
      const seen = observed(PAYLOAD);
      seen.isRaw = true;
      const matcher = names('tls.sni', { names: ['*.meydan.tv'], how, normalise: LENIENT });
      expect(matcher.matches(seen)).toBe(true);
      const plain = names('tls.sni', { names: ['meydan.tv'], how, normalise: LENIENT });
      expect(plain.matches(seen)).toBe(true);
      expect([seen.matchedText, seen.matchedAt - seen.at]).toEqual(['meydan.tv', 9]);
    },
  );

  test('letter case matters if it does in names', () => {
    const seen = observed(PAYLOAD);
    seen.isRaw = true;
    const is = (name: string): boolean =>
      names('http.host', { names: [name], how: 'suffix', normalise: LITERAL }).matches(seen);
    expect([is('www.meydan.tv'), is('WWW.meydan.tv')]).toEqual([false, true]);
  });
});

function matching(options: Omit<NamesOptions, 'normalise'> & Partial<NamesOptions>) {
  const matcher = names('http.host', { normalise: LENIENT, ...options });
  return (host: string): boolean => matcher.matches(observed(host));
}

/** Around the name lie bytes that would change the answer, if they were read. */
function observed(text: string): Observation {
  const { bytes, at, end } = placed(ascii(`a.${text}.b`), 3, 3);
  return new Observation().of('http.host', bytes, at + 2, end - 2);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
