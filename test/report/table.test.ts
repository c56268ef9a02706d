import { expect, test } from 'vitest';
import { renderTable } from '../../src/report/table.ts';

const COLUMNS = [
  { title: 'id', grows: 0 },
  { title: 'text', grows: 1 },
  { title: 'more', grows: 2 },
];
const ROWS = [
  [
    'a',
    'some words that go on and on and on',
    'and even more words, which take more room than there is',
  ],
  ['long-id', 'short', ''],
];

test.each([60, 80, 120])('a table fits %i columns, and no word is lost', (width) => {
  const text = renderTable(COLUMNS, ROWS, width);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  const words = (value: string): string[] => value.split(/\s+/).filter(Boolean).sort();
  expect(words(text)).toEqual(words([...COLUMNS.map((c) => c.title), ...ROWS.flat()].join(' ')));
});

test('a wide terminal is not filled for its own sake', () => {
  const lines = renderTable(COLUMNS, [['a', 'b', 'c']], 200).split('\n');
  expect(lines).toEqual(['id text more', 'a  b    c']);
});

test('a word that is longer than its column goes on in the next line', () => {
  const lines = renderTable(COLUMNS, [['a', 'b', 'z'.repeat(60)]], 60).split('\n');
  expect(lines.join('').match(/z/g)).toHaveLength(60);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
});
