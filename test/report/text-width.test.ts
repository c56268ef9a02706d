import stringWidth from 'fast-string-width';
import { expect, test } from 'vitest';
import { cutText, textWidth } from '../../src/report/text-width.ts';

test('characters that are counted without a look take one column each', () => {
  const all = Array.from({ length: 0x2800 - 0x20 }, (_, i) => String.fromCharCode(0x20 + i));
  const wrong = all.filter((one) => textWidth(one) !== stringWidth(one));
  expect(wrong).toEqual([]);
});

test.each([
  ['2017-04-01 – 2018', 17],
  ['日本語', 6],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['\u001b[32m✓\u001b[39m', 1],
])('%j takes %i columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns);
});

test('a text is cut between what is seen as one character', () => {
  expect(cutText('ab👩‍👩‍👧cd', 3)).toEqual(['ab', '👩‍👩‍👧c', 'd']);
  expect(cutText('abcdefg', 3)).toEqual(['abc', 'def', 'g']);
});
