import type { CellKind, MatrixCell } from './matrix-cell.ts';

/** A censor, and what requests to it are made over. */
export type MatrixColumn = Pick<MatrixCell, 'scenario' | 'profile' | 'carrier'>;

/** Strategies, or tools. */
export interface MatrixGroup {
  readonly kind: CellKind;
  /** A cell for each column; undefined where nothing was tried. */
  readonly rows: readonly {
    readonly strategy: string;
    readonly cells: readonly (MatrixCell | undefined)[];
  }[];
  /** What the columns come to: a label, and a text for each, empty where there is nothing to say. */
  readonly sums: readonly { readonly label: string; readonly texts: readonly string[] }[];
}

/** In the order in which they first come. */
export function columnsOf(cells: readonly MatrixCell[]): readonly MatrixColumn[] {
  return [...new Map(cells.map((cell) => [keyOf(cell), cell])).values()];
}

/** Strategies before tools, both in the order in which they first come. */
export function groupsOf(
  cells: readonly MatrixCell[],
  columns: readonly MatrixColumn[],
): readonly MatrixGroup[] {
  return KINDS.flatMap((kind) => {
    const own = cells.filter((cell) => cell.kind === kind);
    if (own.length === 0) return [];
    const byPlace = new Map(own.map((cell) => [`${keyOf(cell)}\n${cell.strategy}`, cell]));
    const rows = [...new Set(own.map(({ strategy }) => strategy))].map((strategy) => ({
      strategy,
      cells: columns.map((column) => byPlace.get(`${keyOf(column)}\n${strategy}`)),
    }));
    const sums = sumsOf(columns.map((_, j) => rows.flatMap((row) => row.cells[j] ?? [])));
    return [{ kind, rows, sums }];
  });
}

export function cellsOf(cells: readonly MatrixCell[], column: MatrixColumn): readonly MatrixCell[] {
  return cells.filter((cell) => keyOf(cell) === keyOf(column));
}

/** `az-2017 packet https` */
export function formatColumn({ scenario, profile, carrier }: MatrixColumn): string {
  return `${scenario} ${profile} ${carrier}`;
}

function sumsOf(columns: readonly (readonly MatrixCell[])[]): MatrixGroup['sums'] {
  const evaded = columns.map((cells) => cells.filter(({ verdict }) => verdict === 'EVADED').length);
  const atTimes = columns.map((cells) => cells.filter(evadesAtTimes).length);
  const ofAll = evaded.map((count, j) => {
    const all = columns[j]?.length ?? 0;
    return all === 0 ? '' : `${count} of ${all}`;
  });
  return [
    { label: 'evaded', texts: ofAll },
    ...(atTimes.every((count) => count === 0)
      ? []
      : [{ label: 'at times', texts: atTimes.map((count) => (count === 0 ? '' : `${count}`)) }]),
  ];
}

function evadesAtTimes(cell: MatrixCell): boolean {
  return cell.verdict !== 'EVADED' && cell.verdicts.includes('EVADED');
}

function keyOf({ scenario, profile, carrier }: MatrixColumn): string {
  return [scenario, profile, carrier].join('\n');
}

const KINDS: readonly CellKind[] = ['strategy', 'tool'];
