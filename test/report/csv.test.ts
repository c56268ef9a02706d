import { expect, test } from 'vitest';
import { crossTableCsv, formatCsv } from '../../src/report/csv.ts';

test('fields with commas, quotes or line ends are quoted, and every line ends in CRLF', () => {
  expect(
    formatCsv([
      ['a', 'b c', ''],
      ['d,e', 'say "f"', 'g\nh\ri'],
    ]),
  ).toBe('a,b c,\r\n"d,e","say ""f""","g\nh\ri"\r\n');
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

test('of nothing there is what the rows would have been', () => {
  expect(crossTableCsv({ rows: [], columns: [], cells: [] }, 'domain')).toBe('domain\r\n');
});
