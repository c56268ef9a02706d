import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChokepointError } from '../base/errors.ts';
import { parseScenario } from './parse.ts';
import { readText } from './read-text.ts';
import type { Scenario } from './schema.ts';
import type { TellNotice } from './yaml-file.ts';

/** Ids of the scenarios that come with Chokepoint. */
export function scenarioIds(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** A scenario by its id, or by the path of a YAML file. */
export function loadScenario(idOrFile: string, tellNotice?: TellNotice): Scenario {
  if (isId(idOrFile)) {
    return loadScenarioFile(join(DIRECTORY, `${idOrFile}.yaml`), tellNotice);
  }
  if (/\.ya?ml$/.test(idOrFile) || (idOrFile.includes('/') && existsSync(idOrFile))) {
    return loadScenarioFile(idOrFile, tellNotice);
  }
  throw new ChokepointError('SCENARIO_UNKNOWN', `no scenario "${idOrFile}"`, {
    hint: `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`,
  });
}

export function loadScenarioFile(file: string, tellNotice?: TellNotice): Scenario {
  const hint = `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`;
  return parseScenario(readText(file, hint), file, tellNotice);
}

/** The absolute path of a scenario that does not come with Chokepoint; null if it does. */
export function ownFileOf(idOrFile: string): string | null {
  return isId(idOrFile) ? null : resolve(idOrFile);
}

function isId(text: string): boolean {
  return !/[/.]/.test(text) && scenarioIds().includes(text);
}

/** Beside `src`, and beside `dist`. */
const DIRECTORY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../scenarios' : '../../../scenarios',
    import.meta.url,
  ),
);
