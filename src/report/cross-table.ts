import { counted } from '../base/counted.ts';
import type { CrossTable, Outcomes } from '../testbed/cross-table.ts';
import { renderTable, splitColumns } from './table.ts';
import { textWidth, widest } from './text-width.ts';
import { folded } from './wrap.ts';

/** A cross table within `width` columns: a mark for each outcome, and what the marks mean below. */
export function renderCrossTable(table: CrossTable, rowKey: string, width: number): string {
  if (table.rows.length === 0) return 'nothing of it was measured';
  if (table.rows.length * table.columns.length > MOST_DRAWN) return tooLarge(table);
  const marks = marksOf(table);
  const cells = table.cells.map((row) => row.map((cell) => formatCell(cell, marks)));
  const labels = [rowKey, ...table.rows].map((label) => folded(label, Math.floor(width / 2)));
  const left = width - widest(labels) - 1;
  // Numbers stand for names that are too long to stand beside each other.
  const isNamed = sum(columnWidths(table.columns, cells)) <= left;
  const heads = isNamed ? table.columns : table.columns.map((_, j) => String(j + 1));
  const parts = splitColumns(columnWidths(heads, cells), left).map(([from, to]) => {
    const [head = '', ...names] = labels;
    return renderTable(
      [head, ...heads.slice(from, to)].map((title) => ({ title, grows: 0 })),
      names.map((name, i) => [name, ...(cells[i] ?? []).slice(from, to)]),
      width,
    );
  });
  const key = isNamed ? [] : table.columns.map((name, j) => `${j + 1} ${name}`);
  return [...parts, ...filledLines(key, width), ...filledLines(legendOf(table, marks), width)].join(
    '\n',
  );
}

function tooLarge({ rows, columns }: CrossTable): string {
  return (
    `${counted(rows.length, 'row')} by ${counted(columns.length, 'column')} are too many to draw: write them with --csv or --json, ` +
    'or choose fewer with --where'
  );
}

type Marks = ReadonlyMap<string, string>;

/** Of every outcome that there is; letters for those without a mark of their own. */
function marksOf({ cells }: CrossTable): Marks {
  const outcomes = new Set(cells.flat().flatMap((cell) => Object.keys(cell ?? {})));
  const others = [...outcomes].filter((outcome) => !Object.hasOwn(MARKS, outcome));
  const known = Object.entries(MARKS).filter(([outcome]) => outcomes.has(outcome));
  return new Map([...known, ...others.map((outcome, i): [string, string] => [outcome, letter(i)])]);
}

/** One mark; with numbers where there was more than one measurement. */
function formatCell(outcomes: Outcomes | null, marks: Marks): string {
  const all = Object.entries(outcomes ?? {});
  const total = sum(all.map(([, count]) => count));
  return all.map(([outcome, count]) => `${marks.get(outcome)}${total === 1 ? '' : count}`).join('');
}

function legendOf({ cells }: CrossTable, marks: Marks): string[] {
  const all = cells.flat();
  const isCounted = all.some((cell) => sum(Object.values(cell ?? {})) > 1);
  return [
    ...[...marks].map(([outcome, mark]) => `${mark} ${outcome}`),
    ...(isCounted ? ['number: how often'] : []),
    ...(all.includes(null) ? ['blank: not measured'] : []),
  ];
}

/** With a space behind each. */
function columnWidths(heads: readonly string[], cells: readonly (readonly string[])[]): number[] {
  return heads.map((head, j) => widest([head, ...cells.map((row) => row[j] ?? '')]) + 1);
}

/** Items beside each other, as many as fit on each line. */
function filledLines(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const item of items.flatMap((text) => folded(text, width).split('\n'))) {
    const last = lines.at(-1);
    const longer = `${last}  ${item}`;
    if (last !== undefined && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** a to z, then aa to az and so on. */
function letter(i: number): string {
  const last = String.fromCharCode(A + (i % 26));
  return i < 26 ? last : letter(Math.floor(i / 26) - 1) + last;
}

/** Cells: a drawing of more is no use to anybody. */
const MOST_DRAWN = 50_000;
const A = 'a'.charCodeAt(0);
const MARKS: Readonly<Record<string, string>> = {
  ok: '✓',
  generic_timeout_error: '✗',
  connection_reset: '✂',
};
