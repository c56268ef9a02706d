import { showable } from '../base/showable.ts';
import {
  COUNTED,
  commonestOf,
  firstLine,
  formatVerdictCounts,
  type MatrixCell,
  MEANINGS,
  needsReason,
  VERDICTS,
} from './matrix-cell.ts';
import { columnsOf, groupsOf } from './matrix-groups.ts';

/**
 * GitHub-flavoured Markdown: a table for each scenario, with what is behind its verdicts and how often each was given, and at the
 * end what verdicts mean. What evaded each time is bold.
 */
export function matrixMarkdown(cells: readonly MatrixCell[]): string {
  const scenarios = [...new Set(cells.map(({ scenario }) => scenario))];
  const sections = scenarios.map((scenario) =>
    sectionOf(
      scenario,
      cells.filter((cell) => cell.scenario === scenario),
    ),
  );
  return `${[...sections, legendOf(cells)].join('\n\n')}\n`;
}

function sectionOf(scenario: string, cells: readonly MatrixCell[]): string {
  const reasons = cells.flatMap(reasonLine);
  return [
    `## ${escaped(scenario)}`,
    tableOf(cells),
    ...(reasons.length === 0 ? [] : [reasons.join('\n')]),
    formatVerdictCounts(cells),
  ].join('\n\n');
}

function tableOf(cells: readonly MatrixCell[]): string {
  const columns = columnsOf(cells);
  const lines = groupsOf(cells, columns).flatMap(({ kind, rows, sums }, i) => [
    i === 0
      ? [kind, ...columns.map(({ profile, carrier }) => escaped(`${profile} ${carrier}`))]
      : [`**${kind}**`, ...columns.map(() => '')],
    ...rows.map((row) => [codeOf(row.strategy), ...row.cells.map(verdictText)]),
    ...sums.map(({ label, texts }) => [`*${label}*`, ...texts]),
  ]);
  lines.splice(1, 0, ['---', ...columns.map(() => '---')]);
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function verdictText(cell: MatrixCell | undefined): string {
  if (cell === undefined) return '';
  const { verdict, count, of } = commonestOf(cell);
  const word = verdict === 'EVADED' && count === of ? `**${verdict}**` : verdict;
  return of === 1 ? word : `${word} ${count}/${of}`;
}

function reasonLine(cell: MatrixCell): string[] {
  if (cell.why === null || !needsReason(cell)) return [];
  const place = escaped(`${cell.profile} ${cell.carrier}`);
  return [`- ${cell.verdict} ${codeOf(cell.strategy)}, ${place}: ${escaped(firstLine(cell.why))}`];
}

function legendOf(cells: readonly MatrixCell[]): string {
  const seen = new Set(cells.flatMap((cell) => [cell.verdict, ...cell.verdicts]));
  const isRepeated = cells.some((cell) => cell.verdicts.length > 1);
  return [
    ...VERDICTS.filter((verdict) => seen.has(verdict)).map(
      (verdict) => `- ${verdict}: ${MEANINGS[verdict]}`,
    ),
    ...(isRepeated
      ? [`- 3/5: the commonest verdict, that of three repetitions of five; ${COUNTED}`]
      : []),
  ].join('\n');
}

/** In an element, not between backticks: there no backslash could stand before a bar without ending the cell of a table. */
function codeOf(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/** As character references, which are never taken for markup (CommonMark 2.5). */
function escaped(text: string): string {
  return showable(text).replace(MARKUP, (found) => `&#${found.charCodeAt(0)};`);
}

// Also what makes links, mentions, emoji and formulas of plain text on GitHub.
const MARKUP = /[\\`*_[\]<>&|~:.@#!$]/g;
