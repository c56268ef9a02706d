import type { ChokepointError } from '../base/errors.ts';
import type { RunSummary } from '../testbed/run-folder.ts';
import { mark, renderFailures } from './run-table.ts';
import { renderSensorFailures } from './sensor.ts';
import { type Column, renderTable } from './table.ts';

/** A scenario that was run, or why it could not be. */
export type ScenarioOutcome =
  | { readonly kind: 'run'; readonly summary: RunSummary }
  | { readonly kind: 'not-run'; readonly scenario: string; readonly error: ChokepointError };

/** One line for each scenario: how many rows it has, how they came out, how long it took, and where it is written down. */
export function renderOutcomes(outcomes: readonly ScenarioOutcome[], width: number): string {
  return renderTable(COLUMNS, outcomes.map(cells), width);
}

/** What went wrong, for each row that failed and each scenario that could not be run, by the scenario's name. */
export function renderOutcomeFailures(outcomes: readonly ScenarioOutcome[]): string {
  return outcomes
    .map((outcome) => {
      if (outcome.kind === 'not-run') return formatNotRun(outcome);
      const { scenario, rows, sensor, failed } = outcome.summary;
      const ofSensor = sensor === undefined ? '' : renderSensorFailures(sensor);
      const failures = [renderFailures(rows), ofSensor].filter((text) => text !== '');
      return failed === 0 ? '' : [scenario, ...failures].join('\n');
    })
    .filter((text) => text !== '')
    .join('\n');
}

/**
 * `az-2017: as documented (45 of 45 passed, 12.3 s)`. Only scenarios that come with Chokepoint are documented; one from
 * elsewhere is `as expected`. A scenario with skipped rows is neither.
 */
export function formatVerdict({ scenario, ...run }: RunSummary): string {
  const { passed, failed, skipped, tookMs } = run;
  const left = skipped > 0 ? `, ${skipped} skipped` : '';
  const counts = `${passed} of ${passed + failed + skipped} passed${left}, ${(tookMs / 1000).toFixed(1)} s`;
  return `${scenario}: ${verdictOf(run, praiseOf([run]))} (${counts})`;
}

/** The same of many scenarios: those that were not as documented are named. */
export function formatTotal(outcomes: readonly ScenarioOutcome[]): string {
  const of = (state: State): string[] =>
    outcomes.filter((outcome) => stateOf(outcome) === state).map(nameOf);
  const named = (state: State, text: string): string[] => {
    const names = of(state);
    return names.length === 0 ? [] : [`${names.length} ${text}: ${names.join(', ')}`];
  };
  const runs = outcomes.flatMap((one) => (one.kind === 'run' ? one.summary : []));
  return [
    `${of('passed').length} of ${outcomes.length} scenarios ${praiseOf(runs)}`,
    ...named('failed', 'not as expected'),
    ...named('skipped', 'with skipped rows'),
    ...named('not-run', 'not run'),
  ].join('; ');
}

function verdictOf(
  { passed, failed, skipped }: Pick<RunSummary, 'passed' | 'failed' | 'skipped'>,
  praise: string,
): string {
  if (failed > 0) return `${failed} not as expected`;
  if (skipped === 0) return praise;
  return passed === 0 ? 'nothing was tried' : `incomplete, what was tried is ${praise}`;
}

/** What is said of runs whose rows all passed. */
function praiseOf(runs: readonly Pick<RunSummary, 'scenarioFile' | 'censorFile'>[]): string {
  const isShipped = runs.every((run) => run.scenarioFile === null && run.censorFile === null);
  return isShipped ? 'as documented' : 'as expected';
}

type State = 'passed' | 'failed' | 'skipped' | 'not-run';

function stateOf(outcome: ScenarioOutcome): State {
  if (outcome.kind === 'not-run') return 'not-run';
  const { failed, skipped } = outcome.summary;
  if (failed > 0) return 'failed';
  return skipped > 0 ? 'skipped' : 'passed';
}

function nameOf(outcome: ScenarioOutcome): string {
  return outcome.kind === 'run' ? outcome.summary.scenario : outcome.scenario;
}

function formatNotRun({ scenario, error }: { scenario: string; error: ChokepointError }): string {
  const fix = error.hint === undefined ? '' : `  fix: ${error.hint}\n`;
  return `${scenario} could not be run: ${error.message}\n${fix}`;
}

function cells(outcome: ScenarioOutcome): string[] {
  const state = stateOf(outcome);
  const sign = mark({ outcome: state === 'not-run' ? 'failed' : state });
  if (outcome.kind === 'not-run') return [sign, outcome.scenario, '', '', '', '', '', 'not run'];
  const { scenario, passed, failed, skipped, tookMs, out } = outcome.summary;
  const counts = [passed + failed + skipped, passed, failed, skipped].map(String);
  return [sign, scenario, ...counts, (tookMs / 1000).toFixed(1), out];
}

const COLUMNS: readonly Column[] = [
  { title: '', grows: 0 },
  ...['scenario', 'rows', 'passed', 'failed', 'skipped', 'seconds'].map((title) => ({
    title,
    grows: 0,
  })),
  { title: 'folder', grows: 1 },
];
