import {
  formatTotal,
  renderOutcomeFailures,
  renderOutcomes,
  type ScenarioOutcome,
} from '../report/runs-table.ts';
import { renderUnstable } from '../report/stability.ts';
import { type UnstableRow, unstableRows } from '../testbed/stability.ts';
import { asTyped } from './command-name.ts';
import { print, printJson, printLines, terminalWidth } from './terminal.ts';

/** How several scenarios came out: as one JSON document, or as what went wrong and a table. */
export function printOutcomes(
  outcomes: readonly ScenarioOutcome[],
  startedAt: Date,
  { json }: { readonly json?: boolean },
): void {
  if (json) {
    printJson(documentOf(outcomes, startedAt));
    return;
  }
  printLines('');
  if (outcomes.some(hasFailed)) print((all) => asTyped(renderOutcomeFailures(all)), outcomes);
  print(renderOutcomes, outcomes, terminalWidth());
  const unstable = unstableIn(outcomes);
  if (unstable.length > 0) {
    printLines('', 'not the same each time:');
    print(renderUnstable, unstable);
  }
  printLines('');
  print(formatTotal, outcomes);
  if (outcomes.some(hasSkipped)) printLines(SKIPPED_HINT);
}

/**
 * 0: every row is as documented. 1: one is not, or not the same in each of several runs. Otherwise what stopped a scenario from being run, 2 or 3; or 4, if rows were
 * skipped: of those nothing is known.
 */
export function exitStatusOf(
  outcomes: readonly ScenarioOutcome[],
  { allowSkipped = false }: { readonly allowSkipped?: boolean },
): number {
  if (outcomes.some((outcome) => outcome.kind === 'run' && outcome.summary.failed > 0)) return 1;
  if (unstableIn(outcomes).length > 0) return 1;
  const stopped = outcomes.flatMap((one) => (one.kind === 'not-run' ? one.error.exitCode : []));
  if (stopped.length > 0) return Math.max(...stopped);
  return outcomes.some(hasSkipped) && !allowSkipped ? SKIPPED : 0;
}

function documentOf(outcomes: readonly ScenarioOutcome[], startedAt: Date): object {
  const sum = (field: 'passed' | 'failed' | 'skipped'): number =>
    outcomes.reduce((total, one) => total + (one.kind === 'run' ? one.summary[field] : 0), 0);
  return {
    startedAt: startedAt.toISOString(),
    tookMs: Date.now() - startedAt.getTime(),
    passed: sum('passed'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    notRun: outcomes.filter(({ kind }) => kind === 'not-run').length,
    unstable: unstableIn(outcomes).map(({ scenario, row, verdicts }) => {
      const { claim, from, request } = row;
      return { scenario, claim, from, request, verdicts };
    }),
    scenarios: outcomes.map((outcome) => {
      if (outcome.kind === 'run') return outcome.summary;
      const { code, message, hint } = outcome.error;
      return { scenario: outcome.scenario, error: { code, message, fix: hint ?? null } };
    }),
  };
}

function unstableIn(outcomes: readonly ScenarioOutcome[]): UnstableRow[] {
  return unstableRows(outcomes.flatMap((one) => (one.kind === 'run' ? one.summary : [])));
}

function hasFailed(outcome: ScenarioOutcome): boolean {
  return outcome.kind === 'not-run' || outcome.summary.failed > 0;
}

function hasSkipped(outcome: ScenarioOutcome): boolean {
  return outcome.kind === 'run' && outcome.summary.skipped > 0;
}

const SKIPPED = 4;
export const SKIPPED_HINT = `skipped rows make the exit status ${SKIPPED}; with --allow-skipped they do not`;
