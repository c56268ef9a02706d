import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChokepointError } from '../base/errors.ts';
import { quoted, shorten } from '../base/showable.ts';
import { SCENARIOS, scenarioIds } from './folder.ts';
import { type AnyFile, parseAny, parseScenario } from './parse.ts';
import { readText } from './read-text.ts';
import type { Scenario } from './schema.ts';
import type { TellNotice } from './yaml-file.ts';

export { scenarioIds } from './folder.ts';

/** What a name stands for: the ids of a folder, or itself. */
export function scenariosOf(name: string): readonly string[] {
  const inFolder = scenarioIds().filter((id) => id.startsWith(`${name}/`));
  return inFolder.length > 0 ? inFolder : [name];
}

/** A scenario by its id, or by the path of a YAML file. */
export function loadScenario(idOrFile: string, tellNotice?: TellNotice): Scenario {
  return loadScenarioFile(fileNamed(idOrFile), tellNotice);
}

/** A scenario by its id, or a scenario, a censor alone or a tool by the path of a YAML file. */
export function loadAny(idOrFile: string, tellNotice?: TellNotice): AnyFile {
  const file = fileNamed(idOrFile);
  return parseAny(readText(file, known()), file, tellNotice);
}

function fileNamed(idOrFile: string): string {
  const own = fileOf(idOrFile);
  if (own !== undefined) return own;
  if (/\.ya?ml$/.test(idOrFile) || (idOrFile.includes('/') && existsSync(idOrFile))) {
    return idOrFile;
  }
  const inFolder = scenariosOf(idOrFile);
  if (inFolder[0] !== idOrFile) {
    throw new ChokepointError('SCENARIO_UNKNOWN', `"${idOrFile}" is a folder of scenarios`, {
      hint: `name one of ${inFolder.join(', ')}; \`run\` and \`check\` take the folder too`,
    });
  }
  const meant = [`${idOrFile}.yaml`, `${idOrFile}.yml`, `./${idOrFile}`].find(isFile);
  throw new ChokepointError('SCENARIO_UNKNOWN', `no scenario ${quoted(shorten(idOrFile))}`, {
    hint: meant === undefined ? known() : `write ${meant}, which is a file here`,
  });
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

export function loadScenarioFile(file: string, tellNotice?: TellNotice): Scenario {
  return parseScenario(readText(file, known()), file, tellNotice);
}

/** The absolute path of a scenario that does not come with Chokepoint; null if it does. */
export function ownFileOf(idOrFile: string): string | null {
  return fileOf(idOrFile) === undefined ? resolve(idOrFile) : null;
}

/**
 * Of a scenario that comes with Chokepoint. One in a folder calls itself `FOLDER-NAME`, for it names run folders and labs; so do
 * summaries of runs.
 */
function fileOf(text: string): string | undefined {
  const id = scenarioIds().find((one) => one === text || one.replace('/', '-') === text);
  return id && join(SCENARIOS, `${id}.yaml`);
}

/** Absolute path of the JSON schema that makes editors complete and check scenarios. */
export function schemaFile(): string {
  return join(SCENARIOS, 'schema.json');
}

function known(): string {
  return `name one of ${scenarioIds().join(', ')}, or the path of a YAML file`;
}
