import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChokepointError } from '../../src/base/errors.ts';
import { bounded, harmless, harmlessJson, showable, shown } from '../../src/base/showable.ts';

/** Every kind of character that a terminal obeys or a reader does not see. */
const HOSTILE =
  '\u0000\u0007\b\t\n\v\f\r\u001b[2J\u001b]0;title\u0007\u007f\u0085\u009b31m\u00ad\u061c\u200b\u200d\u200e\u200f' +
  '\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\ufff9\ufffe\uffff\ud800\u{e0041}';

/** Halves of pairs too. */
const ANY = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x2fff }), fc.integer({ min: 0, max: 0x10_ff_ff })))
  .map((codes) => String.fromCodePoint(...codes));

test('what would move the cursor, end the line, turn the writing round or not be seen is shown as an escape', () => {
  expect(showable('a\u001b[2J\u202eb\r\u0085\n\t\u200b')).toBe(
    'a\\u001b[2J\\u202eb\\r\\u0085\\n\\t\\u200b',
  );
  expect(showable(HOSTILE)).toMatch(/^[ -~]*$/);
});

test('what is no character is shown as an escape, and characters beyond 16 bits as they are', () => {
  expect(showable('\ud83d \ude00 😀 \ufffe \u{e0041}')).toBe(
    '\\ud83d \\ude00 😀 \\ufffe \\u{e0041}',
  );
});

test('letters of any script, combining marks and signs stay as they are', () => {
  const text = 'Azərbaycan مرحبا 中文字 e\u0301 ✓ … → \\n "quoted"';
  expect(showable(text)).toBe(text);
});

test('whatever the text, no control character is left, and doing it again changes nothing', () => {
  fc.assert(
    fc.property(ANY, (text) => {
      const once = showable(text);
      expect(once).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(showable(once)).toBe(once);
    }),
  );
});

test('a long text ends in how much of it is left out, and never in half a character', () => {
  expect(bounded('a'.repeat(2000))).toBe('a'.repeat(2000));
  expect(bounded('a'.repeat(300_000))).toBe(`${'a'.repeat(2000)}… (298,000 bytes more)`);
  expect(bounded('a😀é', 2)).toBe('a… (6 bytes more)');
});

test('every text of a value is showable, in lists, maps and sets and as the name of a field', () => {
  expect(
    shown({ 'a\n': ['\u001b', 1, null], b: new Map([['\r', new Set(['\t'])]]), c: undefined }),
  ).toEqual({
    'a\\n': ['\\u001b', 1, null],
    b: new Map([['\\r', new Set(['\\t'])]]),
    c: undefined,
  });
});

test('what is one object stays one, so that renderers can tell', () => {
  const same = { a: '\t' };
  const [[first], second] = shown([[same], same] as const);
  expect(first).toBe(second);
});

test('a text of ours keeps its lines and colours, and nothing else gets through', () => {
  expect(harmless('\u001b[31mred\u001b[39m\nb\r\nc\rd\u001b[8m\u001b[2J\u202e')).toBe(
    '\u001b[31mred\u001b[39m\nb\r\nc\\rd\\u001b[8m\\u001b[2J\\u202e',
  );
});

test('JSON means the same, and has no character that a terminal obeys', () => {
  fc.assert(
    fc.property(fc.oneof(ANY, fc.constant(HOSTILE)), (text) => {
      const json = harmlessJson(JSON.stringify({ [text]: text }, undefined, 2));
      expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(json)).toEqual({ [text]: text });
    }),
  );
});

test('an error for people cannot be made to begin lines of its own, or to fill the terminal', () => {
  const { message, hint } = new ChokepointError('USAGE', ['found "a\nb"', 'here'], {
    hint: `not "\u001b[2J${'x'.repeat(5000)}"`,
  });
  expect(message).toBe('found "a\\nb"\nhere');
  expect(hint).toMatch(/^not "\\u001b\[2Jx+… \(3,\d\d\d bytes more\)$/);
});

test('keys that look alike once they are showable stay apart, each with its value', () => {
  expect(shown({ 'a\u200b': 1, 'a\\u200b': 2, b: 3, 'a\\u200b (2)': 4 })).toEqual({
    'a\\u200b': 1,
    'a\\u200b (2)': 2,
    b: 3,
    'a\\u200b (2) (2)': 4,
  });
  const map = new Map([
    ['\n', 1],
    ['\\n', 2],
  ]);
  expect([...shown(map)]).toEqual([
    ['\\n', 1],
    ['\\n (2)', 2],
  ]);
});
