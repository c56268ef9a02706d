import type { UnstableRow } from '../testbed/stability.ts';
import { formatTarget } from './row-text.ts';

/** Rows whose verdict was not the same each time, and how often it was which. */
export function renderUnstable(rows: readonly UnstableRow[]): string {
  return rows
    .map(({ scenario, row, verdicts }) => {
      const { from, request, claim } = row;
      const counts = Object.entries(verdicts).map(
        ([verdict, count]) => `    ${count} × ${verdict}`,
      );
      const head = `≠ ${scenario}: ${claim}\n  ${from}: ${request.probe} ${formatTarget(request)}`;
      return [head, ...counts].join('\n');
    })
    .join('\n');
}
