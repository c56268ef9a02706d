import type { Verdict } from '../evasion/verdict.ts';
import { formatCsv } from './csv.ts';
import {
  COUNTED,
  commonestOf,
  formatVerdictCounts,
  type MatrixCell,
  needsReason,
  type ToldCell,
} from './matrix-cell.ts';
import { columnsOf, formatColumn, groupsOf, type MatrixColumn } from './matrix-groups.ts';
import { renderTable, splitColumns } from './table.ts';
import { widest } from './text-width.ts';
import { folded } from './wrap.ts';

/**
 * A line for each strategy, then for each tool, and how many evaded; a column for each censor and what the request is made over;
 * as many tables as the width takes. Of cells that were repeated, the commonest verdict and how often it was given: coloured is
 * what was the same each time.
 */
export function renderMatrix(
  cells: readonly MatrixCell[],
  width: number,
  isColoured: boolean,
): string {
  const columns = columnsOf(cells);
  const lines = linesOf(cells, columns, isColoured).map(([label = '', ...texts]) => [
    folded(label, Math.min(LONGEST_LABEL, Math.floor(width / 2))),
    ...texts,
  ]);
  const left = width - widest(lines.map(([label = '']) => label)) - 1;
  const titles = columns.map((column) => titleOf(column, left - 1));
  const widths = titles.map(
    (title, j) => widest([title, ...lines.map((line) => line[j + 1] ?? '')]) + 1,
  );
  const [[first = ''] = [], ...rest] = lines;
  const tables = splitColumns(widths, left).map(([from, to]) =>
    renderTable(
      [first, ...titles.slice(from, to)].map((title) => ({ title, grows: 0 })),
      rest.map(([label = '', ...texts]) => [label, ...texts.slice(from, to)]),
      width,
    ),
  );
  return tables.join('\n\n');
}

/** What stands behind verdicts that do not speak for themselves, and how often each was given. */
export function formatMatrix(cells: readonly ToldCell[]): string {
  const reasons = reasonsOf(cells).map(({ verdict, strategy, why, places }) => {
    const [first = '', ...rest] = why;
    const head = `${verdict} ${strategy}, ${placesText(places)}: ${first}`;
    return [head, ...rest.map((line) => `  ${line}`)].join('\n');
  });
  const isMixed = cells.some((cell) => new Set(cell.verdicts).size > 1);
  return [...reasons, formatVerdictCounts(cells), ...(isMixed ? [COUNTED] : [])].join('\n');
}

interface Reason {
  readonly verdict: Verdict;
  readonly strategy: string;
  readonly why: readonly string[];
  readonly places: string[];
}

/** What is the same in several columns is one. */
function reasonsOf(cells: readonly ToldCell[]): Reason[] {
  const reasons = new Map<string, Reason>();
  for (const cell of cells) {
    const { verdict, strategy, why } = cell;
    if (why.length === 0 || !needsReason(cell)) continue;
    const key = JSON.stringify([verdict, strategy, why]);
    const reason = reasons.get(key) ?? { verdict, strategy, why, places: [] };
    reason.places.push(formatColumn(cell));
    reasons.set(key, reason);
  }
  return [...reasons.values()];
}

function placesText(places: readonly string[]): string {
  const more = places.length - MOST_PLACES;
  const shown = places.slice(0, MOST_PLACES).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** A record for each cell. */
export function matrixCsv(cells: readonly MatrixCell[]): string {
  return formatCsv([
    [
      ...['scenario', 'profile', 'over', 'strategy', 'verdict', 'blocked_failure'],
      ...['allowed_failure', 'kind', 'verdicts', 'why'],
    ],
    ...cells.map((cell) => [
      ...[cell.scenario, cell.profile, cell.carrier, cell.strategy, cell.verdict],
      ...[cell.blocked, cell.allowed].map((attempt) =>
        attempt === null ? '' : (attempt.failure ?? 'null'),
      ),
      ...[cell.kind, cell.verdicts.join(';'), cell.why ?? ''],
    ]),
  ]);
}

/** Each a label and a text for every column; the first has the label alone, and is the head's. */
function linesOf(
  cells: readonly MatrixCell[],
  columns: readonly MatrixColumn[],
  isColoured: boolean,
): readonly (readonly string[])[] {
  const blank = columns.map(() => '');
  return groupsOf(cells, columns).flatMap(({ kind, rows, sums }, i) => [
    ...(i === 0 ? [] : [['', ...blank]]),
    [kind, ...blank],
    ...rows.map((row) => [
      row.strategy,
      ...row.cells.map((cell) => (cell === undefined ? '' : verdictText(cell, isColoured))),
    ]),
    ...sums.map(({ label, texts }) => [label, ...texts]),
  ]);
}

function titleOf({ scenario, profile, carrier }: MatrixColumn, width: number): string {
  return [scenario, profile, carrier].map((text) => folded(text, width)).join('\n');
}

function verdictText(cell: MatrixCell, isColoured: boolean): string {
  const { verdict, count, of } = commonestOf(cell);
  const text = of === 1 ? verdict : `${verdict} ${count}/${of}`;
  return isColoured && count === of ? `\u001b[${COLOURS[verdict]}m${text}\u001b[39m` : text;
}

/** Of a terminal (ECMA-48, select graphic rendition): green, red, magenta, yellow, grey, cyan. */
const COLOURS: Readonly<Record<Verdict, number>> = {
  EVADED: 32,
  CENSORED: 31,
  LEAK: 35,
  BROKEN: 33,
  'NOT-APPLIED': 90,
  MODEL: 36,
  INFRA: 36,
};
const LONGEST_LABEL = 40;
const MOST_PLACES = 3;
