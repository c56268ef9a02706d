import { counted } from '../../base/counted.ts';
import { labTrouble } from '../../report/lab-trouble.ts';
import { endLab, endLeftovers } from '../../testbed/end-lab.ts';
import { findLab, readRecords } from '../../testbed/lab-records.ts';
import type { LabStatus } from '../../testbed/lab-status.ts';
import { printJson, printLines, tell } from '../terminal.ts';

interface DownOptions {
  readonly lab?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Says that a lab is down when every process of it is gone. Status 2 if the lab could not write all that it was to write. */
export async function down(options: DownOptions): Promise<void> {
  const { up, leftOver, notes } = readRecords();
  const labs = options.all ? [...up, ...leftOver] : [findLab(options.lab, 'all')];
  const endings = await Promise.allSettled(
    labs.map(async (entry) => ({ ...entry, last: await endLab(entry) })),
  );
  const ended = endings.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const left = options.all ? await endLeftovers() : [];
  if (options.json) {
    const all = ended.map(({ lab, last }) => ({ lab, ...last }));
    printJson({ down: ended.map(({ lab }) => lab), last: all, leftovers: left.length });
  } else {
    for (const { lab } of ended) printLines(`lab ${lab} is down`);
    for (const { owner, processes } of left) {
      const what = counted(processes.length, 'process', 'processes');
      printLines(`ended ${what} of a lab whose owner, process ${owner.pid}, is gone`);
    }
    if (labs.length + left.length === 0) printLines('no lab is up');
  }
  for (const { lab, last } of ended) tellTrouble(lab, last);
  if (options.all) for (const note of notes) tell(note);
  // One that cannot be ended hides nothing of the others.
  for (const one of endings) if (one.status === 'rejected') throw one.reason;
}

function tellTrouble(lab: string, last: LabStatus | undefined): void {
  for (const line of labTrouble(last)) tell(`${lab}: ${line}`);
  if ((last?.unwritten.length ?? 0) > 0) process.exitCode = 2;
}
