import { expect, test } from 'vitest';
import { crossTable } from '../../src/testbed/cross-table.ts';

const point = (row: string, column: string, outcome: string, count = 1) => ({
  row,
  column,
  outcomes: { [outcome]: count },
});

test('rows and columns stand in the order in which they are first seen, and what was not measured is null', () => {
  expect(crossTable([point('b', 'y', 'ok'), point('a', 'x', 'eof_error')])).toEqual({
    rows: ['b', 'a'],
    columns: ['y', 'x'],
    cells: [
      [{ ok: 1 }, null],
      [null, { eof_error: 1 }],
    ],
  });
});

test('measurements of one cell are counted by how they came out', () => {
  const points = [point('a', 'x', 'ok'), point('a', 'x', 'eof_error', 3), point('a', 'x', 'ok')];
  expect(crossTable(points).cells).toEqual([[{ ok: 2, eof_error: 3 }]]);
});

test('a row whose cells were made in other rows is none of its own', () => {
  const points = [point('a', 'x', 'ok'), point('ax', '', 'eof_error')];
  expect(crossTable(points).cells).toEqual([
    [{ ok: 1 }, null],
    [null, { eof_error: 1 }],
  ]);
});

test('of nothing there is an empty table', () => {
  expect(crossTable([])).toEqual({ rows: [], columns: [], cells: [] });
});
