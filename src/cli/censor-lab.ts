import { resolve } from 'node:path';
import { ChokepointError } from '../base/errors.ts';
import { loadCensorFile } from '../scenario/censor-file.ts';
import { loadScenario, ownFileOf } from '../scenario/library.ts';
import type { Scenario } from '../scenario/schema.ts';
import { scenarioOfCensor } from '../testbed/censor-scenario.ts';
import { tell } from './terminal.ts';

/** What a lab is made for: a scenario, or the file of a censor alone. */
export interface AskedLab {
  readonly scenario: Scenario;
  /** Absolute, of a scenario that does not come with Chokepoint. */
  readonly scenarioFile: string | null;
  /** Absolute, of a censor alone. */
  readonly censorFile: string | undefined;
}

export function labOfScenario(id: string): AskedLab {
  const scenario = loadScenario(id, tell);
  return { scenario, scenarioFile: ownFileOf(id), censorFile: undefined };
}

/** What is asked of its rules is told; a rule for which no request is made, too. */
export function labOfCensor(file: string): AskedLab {
  const { scenario, untried } = scenarioOfCensor(loadCensorFile(file, tell), file);
  for (const text of untried) tell(`not tried: ${text}`);
  return { scenario, scenarioFile: null, censorFile: resolve(file) };
}

/** One of the two must be named, and not both. */
export function askedLab(id: string | undefined, censor: string | undefined): AskedLab {
  if (id !== undefined && censor !== undefined) throw twoNames(id);
  if (censor !== undefined) return labOfCensor(censor);
  if (id !== undefined) return labOfScenario(id);
  throw new ChokepointError('USAGE', 'expected the name of a scenario, or a censor', {
    hint: 'name a scenario, or a file with a model and rules with --censor',
  });
}

export function twoNames(id: string): ChokepointError {
  return new ChokepointError('USAGE', `--censor names a censor, and "${id}" a scenario`, {
    hint: 'leave one of them out',
  });
}
