import XmlBuilder from 'fast-xml-builder';
import { showable } from '../base/showable.ts';
import type { Verdict } from '../evasion/verdict.ts';
import { countsText, firstLine, formatAttempt, type MatrixCell, MEANINGS } from './matrix-cell.ts';
import { cellsOf, columnsOf, formatColumn } from './matrix-groups.ts';

/** Verdicts with which a cell is as it should be. */
export type Accepts = (cell: MatrixCell) => readonly Verdict[];

/**
 * JUnit XML, as Jenkins, GitLab and GitHub's reporters read it: a suite for each censor and what requests are made over, a case for
 * each strategy. A verdict that is not accepted is a failure; one that says nothing of its strategy is an error, accepted or not.
 */
export function matrixJunit(
  cells: readonly MatrixCell[],
  accepts: Accepts = () => ['EVADED'],
): string {
  const suites = columnsOf(cells).map((column) => {
    const own = cellsOf(cells, column);
    const name = showable(formatColumn(column));
    const testcase = own.map((cell) => ({
      '@_name': showable(cell.strategy),
      '@_classname': name,
      '@_time': seconds(cell.tookMs),
      ...flawOf(cell, accepts(cell)),
    }));
    return { '@_name': name, ...totalsOf(own, accepts), testcase };
  });
  return BUILDER.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: { '@_name': 'chokepoint matrix', ...totalsOf(cells, accepts), testsuite: suites },
  });
}

function totalsOf(cells: readonly MatrixCell[], accepts: Accepts): Record<string, string> {
  const kinds = cells.map((cell) => kindOfFlaw(cell, accepts(cell)));
  const count = (kind: 'failure' | 'error'): string =>
    String(kinds.filter((one) => one === kind).length);
  return {
    '@_tests': String(cells.length),
    '@_failures': count('failure'),
    '@_errors': count('error'),
    '@_time': seconds(cells.reduce((sum, { tookMs }) => sum + tookMs, 0)),
  };
}

function kindOfFlaw(
  { verdict }: MatrixCell,
  accepted: readonly Verdict[],
): 'failure' | 'error' | undefined {
  if (verdict === 'INFRA' || verdict === 'MODEL') return 'error';
  return accepted.includes(verdict) ? undefined : 'failure';
}

function flawOf(cell: MatrixCell, accepted: readonly Verdict[]): Record<string, unknown> {
  const kind = kindOfFlaw(cell, accepted);
  if (kind === undefined) return {};
  const { why: reason } = cell;
  const message = [
    cell.verdict,
    ...(kind === 'failure' ? [`expected ${accepted.join(' or ')}`] : []),
    ...(reason === null ? [] : [firstLine(reason)]),
  ].join('; ');
  const flaw = { '@_message': showable(message), '@_type': cell.verdict, '#text': detailsOf(cell) };
  return { [kind]: flaw };
}

function detailsOf(cell: MatrixCell): string {
  const { verdict, verdicts, blocked, allowed } = cell;
  return [
    `${verdict}: ${MEANINGS[verdict]}`,
    ...(verdicts.length > 1 ? [countsText(verdicts)] : []),
    ...(blocked === null ? [] : [`blocked name: ${formatAttempt(blocked)}`]),
    ...(allowed === null ? [] : [`allowed name: ${formatAttempt(allowed)}`]),
    ...(cell.why?.split(/\r?\n/) ?? []),
  ]
    .map(showable)
    .join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

const BUILDER = new XmlBuilder({
  ignoreAttributes: false,
  suppressBooleanAttributes: false, // or a strategy called `true` would have no name
  suppressEmptyNode: true,
  format: true,
});
