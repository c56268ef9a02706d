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

test('wide characters take two columns, and combining marks none', () => {
  const columns = [
    { title: 'a', grows: 0 },
    { title: 'b', grows: 0 },
  ];
  const lines = renderTable(
    columns,
    [
      ['中文', 'x'],
      ['e\u0301', 'y'],
      ['abcd', 'z'],
    ],
    80,
  ).split('\n');
  expect(lines).toEqual(['a    b', '中文 x', 'e\u0301    y', 'abcd z']);
});

test('a word of wide characters is cut at its column', () => {
  const columns = [{ title: '', grows: 1 }];
  const lines = renderTable(columns, [['中'.repeat(30)]], 21)
    .split('\n')
    .slice(1);
  expect(lines).toEqual(['中'.repeat(10), '中'.repeat(10), '中'.repeat(10)]);
});

test('a cell of megabytes is bounded, and each cell is read once', () => {
  let reads = 0;
  const cell = `${'word '.repeat(200_000)}${'x'.repeat(1_000_000)}`;
  const text = renderTable(
    COLUMNS,
    Array.from({ length: 20 }, () => {
      const get = (row: readonly string[], i: string) => {
        reads++;
        return Reflect.get(row, i) as string;
      };
      return new Proxy([cell, cell, cell], { get });
    }),
    100,
  );
  expect(text.match(/1,996,000/g)).toHaveLength(60);
  expect(text.length).toBeLessThan(1_600_000);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(140);
  expect(reads).toBe(60);
});
