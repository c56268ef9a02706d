import type { RowResult } from './rows.ts';
import type { RunSummary } from './run-folder.ts';

/** A row that did not come out the same each time, and how often it came out how. */
export interface UnstableRow {
  readonly scenario: string;
  readonly row: RowResult;
  readonly verdicts: Readonly<Record<string, number>>;
}

/** Rows of scenarios that were run several times and of which a verdict differs; what was skipped, or is left to chance, has none. */
export function unstableRows(runs: readonly RunSummary[]): UnstableRow[] {
  // Two files may have the same id.
  const keyOf = ({ scenario, scenarioFile, censorFile }: RunSummary): string =>
    JSON.stringify([scenario, scenarioFile, censorFile]);
  const keys = [...new Set(runs.map(keyOf))];
  return keys.flatMap((key) => {
    const own = runs.filter((run) => keyOf(run) === key);
    const scenario = own[0]?.scenario as string;
    return (own[0]?.rows ?? []).flatMap((row, i): UnstableRow[] => {
      const verdicts: Record<string, number> = {};
      for (const { rows } of own) {
        const verdict = verdictOf(rows[i]);
        if (verdict !== undefined) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      }
      return Object.keys(verdicts).length > 1 ? [{ scenario, row, verdicts }] : [];
    });
  });
}

/** What a measurement comes down to: its failure, and what OONI makes of it. */
function verdictOf(row: RowResult | undefined): string | undefined {
  if (row === undefined || row.outcome === 'skipped' || row.see.failing !== undefined)
    return undefined;
  const { failure, result, verdict } = row.observation;
  const { blocking, accessible, dns_consistency } = verdict ?? {};
  const parts = { blocking, accessible, dns: dns_consistency };
  const known = Object.entries(parts).filter(([, value]) => value !== undefined);
  return [failure ?? 'works', result, ...known.map(([name, value]) => `${name} ${value}`)]
    .filter((part) => part !== undefined)
    .join(', ');
}
