import { labTrouble } from '../../report/lab-trouble.ts';
import { renderTable } from '../../report/table.ts';
import { readRecords } from '../../testbed/lab-records.ts';
import { askLab, type LabStatus } from '../../testbed/lab-status.ts';
import { findLeftovers, type Leftover } from '../../testbed/leftovers.ts';
import { filesOf, type LabEntry, statePath } from '../../testbed/registry.ts';
import { asTyped } from '../command-name.ts';
import { print, printJson, printLines, tell, terminalWidth } from '../terminal.ts';

interface ShownLab extends LabEntry {
  readonly state: 'up' | 'left over';
  readonly status?: LabStatus | undefined;
}

/** The labs that are up, what they could not write, and what other labs have left. */
export async function ps(options: { readonly json?: boolean }): Promise<void> {
  const { up, leftOver, notes } = readRecords();
  const labs: ShownLab[] = [
    ...(await Promise.all(up.map(withStatus))),
    ...leftOver.map((entry) => ({ ...entry, state: 'left over' as const })),
  ];
  const left = findLeftovers();
  if (options.json) printJson(labs);
  else if (labs.length === 0) printLines('no lab is up');
  else show(labs);
  for (const note of [...notes, ...left.map(tellLeftover)]) tell(asTyped(note));
}

async function withStatus(entry: LabEntry): Promise<ShownLab> {
  const { socket } = filesOf(statePath(), entry.lab);
  return { ...entry, state: 'up', status: await askLab(socket, 'status', ANSWER_LIMIT) };
}

function show(labs: readonly ShownLab[]): void {
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
  for (const { lab, state, status } of labs) {
    if (state === 'left over') printLines(`${lab}: its owner is gone; ${asTyped(END_ALL)}`);
    else if (status === undefined) printLines(`${lab}: ${asTyped(SILENT)}`);
    for (const line of labTrouble(status)) printLines(`${lab}: ${line}`);
  }
}

function tellLeftover({ owner, processes }: Leftover): string {
  const pids = processes.map(({ pid }) => pid).join(', ');
  return `left over of a lab whose owner, process ${owner.pid}, is gone: processes ${pids}; ${END_ALL}`;
}

const END_ALL = '`chokepoint down --all` ends what is left';
const SILENT = 'it does not answer (is it stopped?); `chokepoint down` ends it even so';
/** In ms. */
const ANSWER_LIMIT = 3000;
