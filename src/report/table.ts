import { bounded } from '../base/showable.ts';
import { cutText, padded, textWidth, widest } from './text-width.ts';

export interface Column {
  readonly title: string;
  /** Share of the width that is left over once every column has its least; 0 for one that wraps only where it is wider than the terminal. */
  readonly grows: number;
}

/** A table without rules that fits `width` columns: cells of growing columns wrap, and words too long for them are cut. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const all = [columns.map(({ title }) => title), ...rows].map((row) =>
    columns.map((_, i) => bounded(row[i] ?? '', LONGEST_CELL)),
  );
  const widths = columnWidths(columns, all, width);
  return all.flatMap((row) => rowLines(row, widths)).join('\n');
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
  const most = Math.max(width, LEAST_SHARE);
  const natural = columns.map((_, i) =>
    Math.min(widest(rows.map((row) => row[i] as string)) + PADDING, most),
  );
  const fixed = natural.reduce((sum, w, i) => (columns[i]?.grows === 0 ? sum + w : sum), 0);
  const shares = columns.reduce((sum, { grows }) => sum + grows, 0);
  const left = Math.max(width - fixed, shares * LEAST_SHARE);
  return natural.map((w, i) => {
    const grows = columns[i]?.grows ?? 0;
    return grows === 0 ? w : Math.min(w, Math.floor((left * grows) / shares));
  });
}

/** The lines of a row, as many as its longest cell has. */
function rowLines(cells: readonly string[], widths: readonly number[]): string[] {
  const wrapped = cells.map((cell, i) => cellLines(cell, (widths[i] as number) - PADDING));
  const height = Math.max(...wrapped.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    wrapped
      .map((lines, i) => padded(lines[line] ?? '', widths[i] as number))
      .join('')
      .trimEnd(),
  );
}

/** In lines of at most `width` columns: words that do not fit go on in the next line, so that none is shown in part. */
function cellLines(cell: string, width: number): string[] {
  return cell.split('\n').flatMap((line) => {
    if (textWidth(line) <= width) return [line];
    const words = line.split(' ').flatMap((word) => cutText(word, width));
    return filled(words, width);
  });
}

function filled(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let taken = width;
  for (const word of words) {
    const own = textWidth(word);
    const isFull = taken + 1 + own > width;
    if (isFull) lines.push(word);
    else lines[lines.length - 1] += ` ${word}`;
    taken = isFull ? own : taken + 1 + own;
  }
  return lines;
}

const PADDING = 1;
/** Columns for one share, when the terminal is too narrow to be fair. */
const LEAST_SHARE = 12;
/** Of one cell, in bytes: more than one text that is shown whole, so that the end of such a text tells what is left out. */
const LONGEST_CELL = 4000;
