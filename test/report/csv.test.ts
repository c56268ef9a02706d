import { expect, test } from 'vitest';
import { crossTableCsv, formatCsv } from '../../src/report/csv.ts';

test('fields with commas, semicolons or quotes are quoted, and every line ends in CRLF', () => {
  expect(
    formatCsv([
      ['a', 'b c', ''],
      ['d,e', 'say "f"', 'g;h'],
    ]),
  ).toBe('a,b c,\r\n"d,e","say ""f""","g;h"\r\n');
});

test('a cell is how all of it came out, or how often it came out so, or empty where nothing was measured', () => {
  const table = {
    rows: ['tiktok.com', 'example.org'],
    columns: ['AS1', 'AS2'],
    cells: [
      [{ generic_timeout_error: 2 }, { ok: 2, 'unknown_failure: a, b': 1 }],
      [{ ok: 1 }, null],
    ],
  };
  expect(crossTableCsv(table, 'domain')).toBe(
    [
      'domain,AS1,AS2',
      'tiktok.com,generic_timeout_error,"ok 2; unknown_failure: a, b 1"',
      'example.org,ok,',
      '',
    ].join('\r\n'),
  );
});

test.each([
  ['=1+1', "'=1+1"],
  ['+1-2', "'+1-2"],
  ['-cmd', "'-cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  [' =1', " '=1"],
  ['\t=1', '\\t=1'],
  ['\r=1', '\\r=1'],
  ['a;=1', '"a;\'=1"'],
  ['＝1', "'＝1"],
  ['-0.5', '-0.5'],
])('%j is no formula in a CSV file', (field, expected) => {
  expect(formatCsv([[field]])).toBe(`${expected}\r\n`);
});

test('a field is whole, however long, and begins no line of its own', () => {
  const field = `${'a'.repeat(100_000)}\n\u001b[2J`;
  expect(formatCsv([[field, 'b']])).toBe(`${'a'.repeat(100_000)}\\n\\u001b[2J,b\r\n`);
});

test('of nothing there is what the rows would have been', () => {
  expect(crossTableCsv({ rows: [], columns: [], cells: [] }, 'domain')).toBe('domain\r\n');
});
