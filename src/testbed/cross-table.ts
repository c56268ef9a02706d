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
export function crossTable(points: readonly Point[]): CrossTable {
  const rows = [...new Set(points.map(({ row }) => row))];
  const columns = [...new Set(points.map(({ column }) => column))];
  const counts = new Map<string, Map<string, Record<string, number>>>();
  for (const { row, column, outcomes } of points) {
    const inRow = counts.get(row) ?? new Map<string, Record<string, number>>();
    const inCell = inRow.get(column) ?? (Object.create(null) as Record<string, number>);
    for (const [outcome, count] of Object.entries(outcomes)) {
      inCell[outcome] = (inCell[outcome] ?? 0) + count;
    }
    counts.set(row, inRow.set(column, inCell));
  }
  const cells = rows.map((row) => columns.map((column) => counts.get(row)?.get(column) ?? null));
  return { rows, columns, cells };
}
