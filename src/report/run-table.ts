import type { RowResult } from '../testbed/rows.ts';
import { factsOfExpectation, formatFacts, formatTarget, type RowFacts } from './row-text.ts';
import { type Column, renderTable } from './table.ts';

/** One line for each probe of a run: vantage, probe, target, expected, observed, and whether they agree. */
export function renderRun(rows: readonly RowResult[], width: number): string {
  const placeOf = placesOf(rows);
  const hasFlows = rows.some(({ flows = [] }) => flows.length > 0);
  const cellsOf = (row: RowResult): string[] => {
    const [sign = '', ...rest] = cells(row, placeOf(row));
    return hasFlows ? [sign, flowText(row), ...rest] : [sign, ...rest];
  };
  const [first, ...others] = COLUMNS;
  const columns = hasFlows ? [first as Column, FLOW, ...others] : COLUMNS;
  return renderTable(columns, rows.map(cellsOf), width);
}

/** The numbers by which `explain` knows what a row made; of several boxes, those of the first on its way. */
function flowText({ flows = [] }: RowResult): string {
  const numbers = flows.filter(({ box }) => box === flows[0]?.box).map(({ flow }) => flow);
  const [first] = numbers;
  if (first === undefined) return '';
  const last = numbers.at(-1) as number;
  if (last === first) return `${first}`;
  return last - first === numbers.length - 1 ? `${first}–${last}` : `${first}, …`;
}

/** What went wrong, for each row that failed. */
export function renderFailures(rows: readonly RowResult[]): string {
  const placeOf = placesOf(rows);
  return rows
    .filter(({ outcome }) => outcome === 'failed')
    .map((row) => {
      const { claim, from, request, mismatches, observation } = row;
      return (
        `✗ ${claim}\n  ${from}: ${request.probe} ${formatTarget(request)}${placeOf(row)}\n` +
        mismatches.map((mismatch) => `    ${mismatch}\n`).join('') +
        `    it said: ${observation.says}`
      );
    })
    .join('\n');
}

/** In brackets, a row's profile and phase, each if the rows are of several. */
function placesOf(rows: readonly RowResult[]): (row: RowResult) => string {
  const isOfSeveral = (key: 'profile' | 'phase'): boolean =>
    new Set(rows.map((row) => row[key])).size > 1;
  const keys = (['profile', 'phase'] as const).filter(isOfSeveral);
  return (row) => (keys.length === 0 ? '' : ` [${keys.map((key) => row[key]).join(', ')}]`);
}

export function mark({ outcome }: { readonly outcome: RowResult['outcome'] }): string {
  return MARKS[outcome];
}

function cells(row: RowResult, place: string): string[] {
  const { from, request, observation, outcome } = row;
  return [
    mark(row),
    from,
    request.probe,
    formatTarget(request) + place,
    formatFacts(factsOfExpectation(row.see, row.times)),
    outcome === 'skipped' ? `skipped: ${observation.skipped}` : formatFacts(factsOf(row)),
  ];
}

/** What was seen, as far as something was expected of it. */
function factsOf({ see, observation, connections, requestBytes, resets }: RowResult): RowFacts {
  const { failure, exit, says, status, addresses, answered, beside, bootstrap } = observation;
  const { connectMs, failedAfterMs, verdict, result, hop, answers } = observation;
  const asked = <T>(expected: unknown, seen: T): T | undefined =>
    expected === undefined ? undefined : seen;
  return {
    failure,
    accessible: asked(see.accessible, verdict?.accessible),
    blocking: asked(see.blocking, verdict?.blocking),
    blocking_flags: asked(see.blocking_flags, verdict?.blocking_flags),
    dns_flags: asked(see.dns_flags, verdict?.dns_flags),
    result: asked(see.result, result),
    hop: asked(see.hop, hop),
    answers: asked(see.answers, answers),
    exit: asked(see.exit, exit),
    says: asked(see.says, says),
    status: asked(see.status, status),
    failing: observation.failures && (observation.failures[see.failure ?? 'none'] ?? 0),
    addresses: asked(see.addresses, addresses),
    answered: asked(see.answered, answered),
    beside: asked(see.beside, beside),
    bootstrap: asked(see.bootstrap, bootstrap?.toString()),
    connectedMs: asked(see.connected_after_ms, connectMs?.toFixed(1)),
    afterMs: asked(see.failed_after_ms, failedAfterMs?.toFixed(1)),
    originBytes: asked(see.origin?.request_bytes, requestBytes),
    connections: asked(see.origin?.connections, connections.length),
    resets: asked(see.resets, resets),
  };
}

const MARKS: Readonly<Record<RowResult['outcome'], string>> = {
  passed: '✓',
  failed: '✗',
  skipped: '–',
};
const FLOW: Column = { title: 'flow', grows: 0 };
const COLUMNS: readonly Column[] = [
  { title: '', grows: 0 },
  { title: 'vantage', grows: 0 },
  { title: 'probe', grows: 0 },
  { title: 'target', grows: 3 },
  { title: 'expected', grows: 4 },
  { title: 'observed', grows: 4 },
];
