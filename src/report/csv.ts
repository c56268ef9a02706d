import { showable } from '../base/showable.ts';
import type { CrossTable, Outcomes } from '../testbed/cross-table.ts';

/** A cross table as CSV (RFC 4180): what the rows are stands in the first field, what was not measured is empty. */
export function crossTableCsv({ rows, columns, cells }: CrossTable, rowKey: string): string {
  return formatCsv([
    [rowKey, ...columns],
    ...rows.map((row, i) => [row, ...(cells[i] ?? []).map(formatOutcomes)]),
  ]);
}

/**
 * Records of fields; every line ends in CRLF, the last too. Each field is whole and showable, and none is a formula to a program for
 * spreadsheets: an apostrophe stands before what would begin one.
 */
export function formatCsv(records: readonly (readonly string[])[]): string {
  return records.map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('');
}

/** `ok`, a failure's name, or, where it was not always the same, each with how often: `ok 2; connection_reset 1`. */
function formatOutcomes(outcomes: Outcomes | null): string {
  const all = Object.entries(outcomes ?? {});
  if (all.length === 1) return all[0]?.[0] ?? '';
  return all.map(([outcome, count]) => `${outcome} ${count}`).join('; ');
}

function quoted(text: string): string {
  const field = NUMBER.test(text) ? text : showable(text).replace(FORMULA, "$&'");
  return /[",;]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A number with a sign is what it looks like. */
const NUMBER = /^[+-]?\d+(\.\d+)?$/;
/** Before what begins a formula, in a field, or behind a semicolon, which ends a field elsewhere; wide forms count as well. */
const FORMULA = /(?:^|;)\s*(?=[=+\-@\uff1d\uff0b\uff0d\uff20|%])/g;
