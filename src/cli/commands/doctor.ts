import { renderTable } from '../../report/table.ts';
import { loadScenario } from '../../scenario/library.ts';
import { type Check, diagnose } from '../../testbed/doctor.ts';
import { print, printJson, terminalWidth } from '../terminal.ts';

export async function doctor(options: { readonly json?: boolean }): Promise<void> {
  const checks = await diagnose(loadScenario('az-2017'));
  if (options.json) printJson(checks);
  else print(render, checks, terminalWidth());
  if (checks.some(({ state }) => state === 'missing')) process.exitCode = 3;
}

function render(checks: readonly Check[], width: number): string {
  const columns = [
    { title: '', grows: 0 },
    { title: 'what', grows: 0 },
    { title: 'found', grows: 1 },
    { title: 'fix', grows: 1 },
  ];
  const rows = checks.map(({ what, state, detail, fix }) => [
    MARKS[state],
    what,
    detail,
    fix ?? '', // a path would not fit into its column
  ]);
  return renderTable(columns, rows, width);
}

const MARKS: Readonly<Record<Check['state'], string>> = { ok: '✓', missing: '✗', absent: '–' };
