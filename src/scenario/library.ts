import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChokepointError } from '../base/errors.ts';
import { parseScenario } from './parse.ts';
import { readText } from './read-text.ts';
import type { Scenario } from './schema.ts';

/** Ids of the scenarios that come with Chokepoint. */
export function scenarioIds(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** A scenario by its id, or by the path of a YAML file. */
export function loadScenario(idOrFile: string): Scenario {
  if (!/[/.]/.test(idOrFile) && scenarioIds().includes(idOrFile)) {
    return loadScenarioFile(join(DIRECTORY, `${idOrFile}.yaml`));
  }
  if (/\.ya?ml$/.test(idOrFile) || (idOrFile.includes('/') && existsSync(idOrFile))) {
    return loadScenarioFile(idOrFile);
  }
  throw new ChokepointError('SCENARIO_UNKNOWN', `no scenario "${idOrFile}"`, {
    hint: `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`,
  });
}

export function loadScenarioFile(file: string): Scenario {
  const hint = `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`;
  return parseScenario(readText(file, hint), file);
}

/** Beside `src`, and beside `dist`. */
const DIRECTORY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../scenarios' : '../../../scenarios',
    import.meta.url,
  ),
);
