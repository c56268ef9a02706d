/** How often there was which outcome: `ok`, or OONI's name of a failure. */
export type Outcomes = Readonly<Record<string, number>>;

/** One measurement, or several of a kind, and where they belong. */
export interface Point {
  readonly row: string;
  readonly column: string;
  readonly outcomes: Outcomes;
}

export interface CrossTable {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** A row of the table each; null is what was not measured. */
  readonly cells: readonly (readonly (Outcomes | null)[])[];
}

/** Rows and columns in the order in which they are first seen. */
export function crossTable(points: Iterable<Point>): CrossTable {
  const counts = new CellCounts();
  for (const point of points) counts.add(point);
  return counts.table();
}

/** A table in the making, which keeps no point. */
export class CellCounts {
  readonly #rows = new Map<string, Map<string, Record<string, number>>>();
  readonly #columns = new Set<string>();

  add({ row, column, outcomes }: Point): void {
    const inRow = this.#rows.get(row) ?? new Map<string, Record<string, number>>();
    const inCell = inRow.get(column) ?? (Object.create(null) as Record<string, number>);
    for (const [outcome, count] of Object.entries(outcomes)) {
      inCell[outcome] = (inCell[outcome] ?? 0) + count;
    }
    this.#rows.set(row, inRow.set(column, inCell));
    this.#columns.add(column);
  }

  get height(): number {
    return this.#rows.size;
  }

  get width(): number {
    return this.#columns.size;
  }

  /** In an order of their own, if one is told. */
  table(compare?: (one: string, other: string) => number): CrossTable {
    const [rows, columns] = [[...this.#rows.keys()], [...this.#columns]];
    if (compare) for (const labels of [rows, columns]) labels.sort(compare);
    const cells = rows.map((row) =>
      columns.map((column) => this.#rows.get(row)?.get(column) ?? null),
    );
    return { rows, columns, cells };
  }
}
