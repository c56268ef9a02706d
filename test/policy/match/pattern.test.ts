import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { Pattern, patternError } from '../../../src/policy/match/pattern.ts';
import { ascii, hex, placed } from '../../support/packets.ts';

describe('a pattern', () => {
  test.each<{ text: string; input: string; want: boolean }>([
    { text: '(^|\\.)twitter\\.com$', input: 'api.twitter.com', want: true },
    { text: '(^|\\.)twitter\\.com$', input: 'twitter.com', want: true },
    { text: '(^|\\.)twitter\\.com$', input: 'nottwitter.com', want: false },
    { text: '(^|\\.)twitter\\.com$', input: 'twitter.com.evil.org', want: false },
    { text: '(?i)TOR\\b', input: 'a tor!', want: true },
    { text: '(?i)TOR\\b', input: 'a torrent', want: false },
    { text: '^a.*z$', input: 'a--z', want: true },
    { text: '^a.*z$', input: 'a\nz', want: false },
    { text: '(?s)^a.*z$', input: 'a\nz', want: true },
    { text: '(?m)^b$', input: 'a\nb\nc', want: true },
    { text: '', input: '', want: true },
    { text: '^$', input: '', want: true },
    { text: '^$', input: 'a', want: false },
    { text: '$', input: 'abc', want: true },
    { text: '[^\\x00-\\xff]', input: 'abc', want: false },
  ])('$text matches "$input": $want', ({ text, input, want }) => {
    expect(matches(new Pattern(text), ascii(input))).toBe(want);
  });

  test('takes each byte for one character', () => {
    expect(matches(new Pattern('^\\x16\\x03.\\xff$'), hex`16 03 80 ff`)).toBe(true);
    expect(matches(new Pattern('^.$'), new TextEncoder().encode('ü'))).toBe(false);
  });

  test('looks at 4096 bytes, and takes nothing but the end of the range for its end', () => {
    const bytes = new Uint8Array(4098).fill(0x61);
    bytes[4095] = 0x62;
    bytes[4096] = 0x63;
    const of = (text: string): boolean => new Pattern(text).matches(bytes, 0, bytes.length);
    expect([of('b'), of('c'), of('b$'), of('b\\b')]).toEqual([true, false, false, false]);
    expect(new Pattern('b$').matches(bytes, 0, 4096)).toBe(true);
  });

  test('gives the same answer again', () => {
    const pattern = new Pattern('a+b');
    const answers = ['aab', 'aa', 'b', 'xab'].map((text) => matches(pattern, ascii(text)));
    expect(answers).toEqual([true, false, false, true]);
  });

  // A backtracking search would take longer than there is time until the sun burns out: the test ends, or it is ended.
  test.each(['(a*)*b', '(x+x+)+y', '(a|b)*a(a|b){20}c', '(?:a?){90}a{90}b'])(
    '%s ends on what makes a backtracking search explode',
    (text) => {
      const pattern = new Pattern(text);
      for (const byte of [0x61, 0x78]) {
        expect(pattern.matches(new Uint8Array(4096).fill(byte), 0, 4096)).toBe(false);
      }
    },
  );
});

describe('what is wrong with a pattern', () => {
  const syntax = 'expected RE2 syntax: no backreference, no lookaround, no repetition above 1000';
  test.each<{ text: string; error: string | undefined }>([
    { text: 'a|b', error: undefined },
    { text: '(a)\\1', error: `found "\\\\1" (invalid escape sequence); ${syntax}` },
    { text: 'a(?=b)', error: `found "(?=" (invalid or unsupported Perl syntax); ${syntax}` },
    { text: '[', error: `found "[" (missing closing ]); ${syntax}` },
    { text: 'a{1001}', error: `found "{1001}" (invalid repeat count); ${syntax}` },
    { text: 'ü', error: 'found "ü"; expected printable ASCII, and other bytes as \\xHH' },
    { text: 'a\n', error: 'found "\\n"; expected printable ASCII, and other bytes as \\xHH' },
    { text: 'a'.repeat(4097), error: 'found 4097 characters; expected at most 4096' },
    {
      text: '(ab){300}',
      error:
        'found an expression of 1202 instructions; expected at most 500: what is repeated counts each time',
    },
  ])('$text: $error', ({ text, error }) => {
    expect(patternError(text)).toBe(error);
  });

  test('is what its construction throws', () => {
    expect(() => new Pattern('a**')).toThrow(
      expect.objectContaining({ code: 'SCENARIO_INVALID', message: patternError('a**') }),
    );
  });

  test('is found in any text, without throwing', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void patternError(text)));
  });
});

test('patterns match what re2js says they match', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '\\b',
    '\\B',
    '^',
    '$',
    '\\w',
    '(?i:A)',
    '\\n',
    '(?m:^)',
    '(?m:$)',
  );
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => a + b),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(tie('expression'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '*?'))
        .map(([a, n]) => `(${a})${n}`),
    ),
  }));
  const inputs = fc.array(fc.stringMatching(/^[ab \nA]{0,8}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(expression, inputs, (text, texts) => {
      const pattern = new Pattern(text);
      const model = RE2JS.compile(text);
      expect(texts.map((input) => matches(pattern, ascii(input)))).toEqual(
        texts.map((input) => model.test(input)),
      );
    }),
    { numRuns: 3000 },
  );
});

function matches(pattern: Pattern, input: Uint8Array): boolean {
  const { bytes, at, end } = placed(input);
  return pattern.matches(bytes, at, end);
}
