import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChokepointError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { quoted, shorten } from '../base/showable.ts';
import { loadToolFile, type Tool } from './tool-file.ts';

/** Ids of the circumvention tools that come with Chokepoint. */
export function toolIds(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => basename(name, ENDING))
    .sort();
}

/** A tool by its id, or by the path of a YAML file. */
export function loadTool(idOrFile: string): Tool {
  const ids = toolIds();
  if (ids.includes(idOrFile)) return loadToolFile(join(DIRECTORY, idOrFile + ENDING));
  if (/\.ya?ml$/.test(idOrFile)) return loadToolFile(idOrFile);
  const near = nearest(idOrFile, ids);
  const known = near === undefined ? `one of ${ids.join(', ')}` : `"${near}", which is the nearest`;
  throw new ChokepointError('TOOL_UNKNOWN', `no tool ${quoted(shorten(idOrFile))}`, {
    hint: `name ${known}, or the path of a YAML file`,
  });
}

const ENDING = '.yaml';
/** Beside `src`, and beside `dist`. */
const DIRECTORY = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../tools' : '../../../tools', import.meta.url),
);
