import type { CrossTable, Outcomes } from '../testbed/cross-table.ts';

/** A cross table as CSV (RFC 4180): what the rows are stands in the first field, what was not measured is empty. */
export function crossTableCsv({ rows, columns, cells }: CrossTable, rowKey: string): string {
  return formatCsv([
    [rowKey, ...columns],
    ...rows.map((row, i) => [row, ...(cells[i] ?? []).map(formatOutcomes)]),
  ]);
}

/** Records of fields; every line ends in CRLF, the last too. */
export function formatCsv(records: readonly (readonly string[])[]): string {
  return records.map((fields) => `${fields.map(quoted).join(',')}\r\n`).join('');
}

/** `ok`, a failure's name, or, where it was not always the same, each with how often: `ok 2; connection_reset 1`. */
function formatOutcomes(outcomes: Outcomes | null): string {
  const all = Object.entries(outcomes ?? {});
  if (all.length === 1) return all[0]?.[0] ?? '';
  return all.map(([outcome, count]) => `${outcome} ${count}`).join('; ');
}

function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
