import { renderTable } from '../../report/table.ts';
import { listLabs } from '../../testbed/registry.ts';
import { print, printJson, printLines, terminalWidth } from '../terminal.ts';

export function ps(options: { readonly json?: boolean }): void {
  const labs = listLabs();
  if (options.json) {
    printJson(labs);
  } else if (labs.length === 0) {
    printLines('no lab is up');
  } else {
    const rows = labs.map((entry) => [
      entry.lab,
      entry.scenario,
      entry.profile,
      entry.startedAt,
      String(entry.holder.pid),
      entry.out ?? '',
    ]);
    const columns = ['lab', 'scenario', 'profile', 'up since', 'pid'].map((title) => ({
      title,
      grows: 0,
    }));
    print(renderTable, [...columns, { title: 'out', grows: 1 }], rows, terminalWidth());
  }
}
