import Table from 'cli-table3';

export interface Column {
  readonly title: string;
  /** Share of the width that is left over once every column has its least; 0 for one that never wraps. */
  readonly grows: number;
}

/** A table without rules that fits `width` columns: cells of growing columns wrap, and words too long for them are cut. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const widths = columnWidths(columns, rows, width);
  const table = new Table({
    head: columns.map(({ title }) => title),
    colWidths: widths,
    wordWrap: true,
    wrapOnWordBoundary: true,
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': PADDING, compact: true },
  });
  table.push(...rows.map((row) => row.map((cell, i) => cutLongWords(cell, widths[i] as number))));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** For as many tables as the width takes: from and to, at least one column each, whatever the width. */
export function splitColumns(
  widths: readonly number[],
  width: number,
): [from: number, to: number][] {
  const parts: [number, number][] = [[0, 0]];
  let taken = 0;
  for (const [j, own] of widths.entries()) {
    const part = parts.at(-1) as [number, number];
    if (taken + own > width && part[1] > part[0]) {
      parts.push([j, j + 1]);
      taken = own;
    } else {
      part[1] = j + 1;
      taken += own;
    }
  }
  return parts;
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

/** Words that do not fit go on in the next line: none is shown in part. */
function cutLongWords(cell: string, width: number): string {
  const longest = width - PADDING;
  const long = new RegExp(`\\S{${longest}}(?=\\S)`, 'g');
  return visibleLength(cell) === cell.length ? cell.replace(long, '$&\n') : cell;
}

/** Characters on the screen, of the longest line: colour codes take none. */
export function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour code
  const lines = text.replace(/\u001b\[\d+m/g, '').split('\n');
  return Math.max(...lines.map(({ length }) => length));
}

const PADDING = 1;
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
