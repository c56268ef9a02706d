import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderCrossTable } from '../../src/report/cross-table.ts';
import type { CrossTable, Outcomes } from '../../src/testbed/cross-table.ts';

const TABLE: CrossTable = {
  rows: ['tiktok.com', 'example.org'],
  columns: ['AS29049', 'AS41997'],
  cells: [
    [{ generic_timeout_error: 1 }, { connection_reset: 1 }],
    [{ ok: 1 }, null],
  ],
};

function lines(table: CrossTable, width: number): string[] {
  return renderCrossTable(table, 'domain', width).split('\n');
}

test('each way of failing has a mark, which is explained below', () => {
  expect(lines(TABLE, 80)).toEqual([
    'domain      AS29049 AS41997',
    'tiktok.com  ✗       ✂',
    'example.org ✓',
    '✓ ok  ✗ generic_timeout_error  ✂ connection_reset  blank: not measured',
  ]);
});

test('failures without a mark of their own have letters, and many measurements are counted', () => {
  const cells = [[{ ok: 2, eof_error: 1 }, { dns_nxdomain_error: 3 }]];
  expect(lines({ ...TABLE, rows: ['tiktok.com'], cells }, 80)).toEqual([
    'domain     AS29049 AS41997',
    'tiktok.com ✓2a1    b3',
    '✓ ok  a eof_error  b dns_nxdomain_error  number: how often',
  ]);
});

test('columns whose names have no room are numbered, and the numbers explained', () => {
  expect(lines(TABLE, 24)).toEqual([
    'domain      1 2',
    'tiktok.com  ✗ ✂',
    'example.org ✓',
    '1 AS29049  2 AS41997',
    '✓ ok',
    '✗ generic_timeout_error',
    '✂ connection_reset',
    'blank: not measured',
  ]);
});

test('columns that have no room beside the others stand below them', () => {
  const columns = ['one', 'two', 'three', 'four', 'five'];
  const row = [{ ok: 1 }, { eof_error: 1 }, { ok: 1 }, { ok: 1 }, { ok: 1 }];
  expect(lines({ rows: ['abcdef'], columns, cells: [row] }, 13).slice(0, 6)).toEqual([
    'domain 1 2 3',
    'abcdef ✓ a ✓',
    'domain 4 5',
    'abcdef ✓ ✓',
    '1 one  2 two',
    '3 three',
  ]);
});

test('of nothing that was measured, this is said', () => {
  expect(lines({ rows: [], columns: [], cells: [] }, 80)).toEqual(['nothing of it was measured']);
});

const name = fc.stringMatching(/^[a-z0-9.-]{1,60}$/);
const cell = fc.option(
  fc.dictionary(
    fc.constantFrom('ok', 'eof_error', 'connection_reset'),
    fc.integer({ min: 1, max: 99 }),
    {
      minKeys: 1,
    },
  ) as fc.Arbitrary<Outcomes>,
);

test('whatever the names, no line is wider than the terminal, and no cell is lost', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
      fc.uniqueArray(name, { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(cell),
      fc.integer({ min: 40, max: 160 }),
      (rows, columns, stream, width) => {
        const cells = rows.map(() => [...stream.take(columns.length)]);
        const text = lines({ rows, columns, cells }, width);
        for (const line of text) expect(line.length).toBeLessThanOrEqual(width);
        const isOk = cells.flat().filter((one) => one?.['ok'] !== undefined);
        const inLegend = Math.min(isOk.length, 1);
        expect(text.join('').split('✓').length - 1).toBe(isOk.length + inLegend);
      },
    ),
  );
});

test('a table that nobody could read is a sentence, not a drawing', () => {
  const columns = Array.from({ length: 5000 }, (_, i) => `column ${i}`);
  const rows = Array.from({ length: 11 }, (_, i) => `row ${i}`);
  const cells = rows.map(() => columns.map(() => ({ ok: 1 })));
  expect(renderCrossTable({ rows, columns, cells }, 'domain', 80)).toBe(
    '11 rows by 5000 columns are too many to draw: write them with --csv or --json, or choose fewer with --where',
  );
});

test('an outcome may have any name, that of a property of all objects too', () => {
  const cells = [[{ constructor: 2 }]] as never;
  const text = renderCrossTable({ rows: ['a'], columns: ['b'], cells }, 'domain', 80);
  expect(text).toContain('a constructor');
});
