import { formatScenario } from '../../report/scenario-text.ts';
import { loadScenario } from '../../scenario/library.ts';
import { rowsOf } from '../../testbed/rows.ts';
import { print, printJson, terminalWidth } from '../terminal.ts';

export function show(id: string, options: { readonly json?: boolean }): void {
  const scenario = loadScenario(id);
  if (options.json) printJson(scenario);
  else print(formatScenario, scenario, rowsOf(scenario), terminalWidth());
}
