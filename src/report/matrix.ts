import type { Verdict } from '../evasion/verdict.ts';
import type { Cell } from '../testbed/matrix.ts';
import { formatCsv } from './csv.ts';
import { type Column, renderTable } from './table.ts';

/** A line for each strategy, a column for each censor and what the request is made over; as many tables as the width takes. */
export function renderMatrix(cells: readonly Cell[], width: number, isColoured: boolean): string {
  const strategies = [...new Set(cells.map(({ strategy }) => strategy))];
  const columns = [...new Set(cells.map(columnOf))];
  const byPlace = new Map(cells.map((cell) => [`${cell.strategy}\n${columnOf(cell)}`, cell]));
  const first: Column = { title: 'strategy', grows: 0 };
  const label = Math.max(...strategies.map(({ length }) => Math.min(length, LONGEST_LABEL))) + 1;
  const tables: string[] = [];
  let rest = columns;
  while (rest.length > 0) {
    const taken = fitting(rest, width - label);
    rest = rest.slice(taken.length);
    const rows = strategies.map((strategy) => [
      shortened(strategy),
      ...taken.map((column) => verdictText(byPlace.get(`${strategy}\n${column}`), isColoured)),
    ]);
    const titles = taken.map((title): Column => ({ title, grows: 0 }));
    tables.push(renderTable([first, ...titles], rows, width));
  }
  return tables.join('\n\n');
}

/** How often each verdict was given, and what stands behind those that say nothing of a strategy. */
export function formatMatrix(cells: readonly Cell[]): string {
  const counts = VERDICTS.flatMap((verdict) => {
    const count = cells.filter((cell) => cell.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  const unclear = cells.filter(({ verdict }) => verdict === 'INFRA' || verdict === 'MODEL');
  const why = unclear.map(
    (cell) => `${cell.verdict} ${cell.strategy}, ${columnOf(cell)}: ${reasonOf(cell)}`,
  );
  return [...why, `${cells.length} cells: ${counts.join(', ')}`].join('\n');
}

/** A record for each cell. */
export function matrixCsv(cells: readonly Cell[]): string {
  return formatCsv([
    ['scenario', 'profile', 'over', 'strategy', 'verdict', 'blocked_failure', 'allowed_failure'],
    ...cells.map(({ scenario, profile, carrier, strategy, verdict, blocked, allowed }) => [
      ...[scenario, profile, carrier, strategy, verdict],
      ...[blocked, allowed].map((attempt) => (attempt === null ? '' : (attempt.failure ?? 'null'))),
    ]),
  ]);
}

function columnOf({ scenario, profile, carrier }: Cell): string {
  return `${scenario} ${profile} ${carrier}`;
}

function reasonOf({ verdict, why }: Cell): string {
  if (why !== null) return why;
  return verdict === 'MODEL'
    ? 'without a strategy the blocked name gets through'
    : 'without a strategy the allowed name does not get through';
}

function fitting(columns: readonly string[], width: number): string[] {
  const taken: string[] = [];
  let left = width;
  for (const column of columns) {
    left -= Math.max(column.length, LONGEST_VERDICT) + 2;
    if (left < 0 && taken.length > 0) break;
    taken.push(column);
  }
  return taken;
}

function shortened(strategy: string): string {
  return strategy.length <= LONGEST_LABEL ? strategy : `${strategy.slice(0, LONGEST_LABEL - 1)}…`;
}

function verdictText(cell: Cell | undefined, isColoured: boolean): string {
  if (cell === undefined) return '';
  return isColoured ? `\u001b[${COLOURS[cell.verdict]}m${cell.verdict}\u001b[39m` : cell.verdict;
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
const VERDICTS = Object.keys(COLOURS) as Verdict[];
const LONGEST_VERDICT = 11;
const LONGEST_LABEL = 40;
