import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChokepointError } from '../base/errors.ts';
import { parseScenario } from './parse.ts';
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
  if (/\.ya?ml$/.test(idOrFile) && existsSync(idOrFile)) return loadScenarioFile(idOrFile);
  throw new ChokepointError('SCENARIO_UNKNOWN', `no scenario "${idOrFile}"`, {
    hint: `name one of ${scenarioIds().join(', ')}, or a YAML file that exists`,
  });
}

export function loadScenarioFile(file: string): Scenario {
  return parseScenario(readText(file), file);
}

function readText(file: string): string {
  try {
    if (!statSync(file).isFile()) throw new Error('it is not a file');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const reason = (error as Error).message;
    throw new ChokepointError(
      'SCENARIO_INVALID',
      `${file}: cannot be read as UTF-8 text: ${reason}`,
      {
        cause: error,
      },
    );
  }
}

/** Beside `src`, and beside `dist`. */
const DIRECTORY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../scenarios' : '../../../scenarios',
    import.meta.url,
  ),
);
