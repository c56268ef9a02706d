import { endLab, findLab, listLabs } from '../../testbed/registry.ts';
import { printJson, printLines } from '../terminal.ts';

interface DownOptions {
  readonly lab?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function down(options: DownOptions): Promise<void> {
  const labs = options.all ? listLabs() : [findLab(options.lab)];
  await Promise.all(labs.map(endLab));
  if (options.json) printJson({ down: labs.map(({ lab }) => lab) });
  else for (const { lab } of labs) printLines(`lab ${lab} is down`);
  if (labs.length === 0 && !options.json) printLines('no lab is up');
}
