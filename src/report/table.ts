import Table from 'cli-table3';

export interface Column {
  readonly title: string;
  /** Share of the width that is left over once every column has its least; 0 for one that never wraps. */
  readonly grows: number;
}

/** A table without rules that fits `width` columns: cells of growing columns wrap. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colWidths: columnWidths(columns, rows, width),
    wordWrap: true,
    wrapOnWordBoundary: true,
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1, compact: true },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const natural = columns.map(
    ({ title }, i) =>
      Math.max(...[title, ...rows.map((row) => row[i] ?? '')].map(visibleLength)) + 1,
  );
  const fixed = natural.reduce((sum, w, i) => (columns[i]?.grows === 0 ? sum + w : sum), 0);
  const shares = columns.reduce((sum, { grows }) => sum + grows, 0);
  const left = Math.max(width - fixed, shares * LEAST_SHARE);
  return natural.map((w, i) => {
    const grows = columns[i]?.grows ?? 0;
    return grows === 0 ? w : Math.min(w, Math.floor((left * grows) / shares));
  });
}

/** Characters on the screen, of the longest line: colour codes take none. */
function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour code
  const lines = text.replace(/\u001b\[\d+m/g, '').split('\n');
  return Math.max(...lines.map(({ length }) => length));
}

/** Columns for one share, when the terminal is too narrow to be fair. */
const LEAST_SHARE = 12;
const PLAIN = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
