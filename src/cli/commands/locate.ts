import { formatLocated, renderLocated } from '../../report/locate.ts';
import { momentOf } from '../../scenario/date.ts';
import { Domain } from '../../scenario/fields.ts';
import { loadScenario } from '../../scenario/library.ts';
import { phasesOf } from '../../scenario/phases.ts';
import { locateBox } from '../../testbed/locate.ts';
import { checked } from '../checked.ts';
import { interruptible } from '../interrupt.ts';
import {
  endProgress,
  print,
  printJson,
  printLines,
  progress,
  tell,
  terminalWidth,
} from '../terminal.ts';
import { wholeNumber } from '../whole-number.ts';

interface LocateCommandOptions {
  readonly profile?: string;
  readonly at?: string;
  readonly name?: string;
  readonly allowed?: string;
  readonly tries?: string;
  readonly residual?: string;
  readonly readOnlyFiles?: boolean;
  readonly json?: boolean;
}

/** Exit status 1 if what was found is not what the lab is. */
export async function locate(id: string, options: LocateCommandOptions): Promise<void> {
  const scenario = loadScenario(id, tell);
  const { profile, readOnlyFiles } = options;
  const name = checked('--name', Domain, options.name);
  const allowed = checked('--allowed', Domain, options.allowed);
  const at = options.at === undefined ? phasesOf(scenario)[0]?.at : momentOf(scenario, options.at);
  const tries = wholeNumber('--tries', options.tries, 1, 100);
  const residual = wholeNumber('--residual', options.residual, 0, 600);
  const { signal, passOn } = interruptible();
  const result = await locateBox({
    ...{ scenario, profile, at, name, allowed, tries, readOnlyFiles, signal },
    residualLimitMs: residual === undefined ? undefined : residual * 1000,
    onProgress: progress,
  })
    .finally(endProgress)
    .catch((error: unknown) => {
      passOn();
      throw error;
    });
  if (options.json) printJson(result);
  else {
    print(renderLocated, result, Math.min(terminalWidth(), WIDEST));
    printLines('');
    print(formatLocated, result);
  }
  process.exitCode = result.agrees ? 0 : 1;
}

const WIDEST = 80;
