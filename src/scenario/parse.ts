import { type CensorSpec, readCensor } from './censor-file.ts';
import { crossCheck } from './cross-check.ts';
import { kindOf, mistaken, unknownKind } from './file-kind.ts';
import { findLists } from './name-lists.ts';
import { type Scenario, ScenarioFile } from './schema.ts';
import { readTool, type Tool } from './tool-file.ts';
import { parseYaml, type Reading, readWith, type TellNotice } from './yaml-file.ts';

/** Reads a scenario from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseScenario(text: string, file: string, tellNotice?: TellNotice): Scenario {
  return parseYaml(text, file, (value) => read(value, file), { hint: HINT, tellNotice });
}

/** What a file holds, by its kind. */
export type AnyFile =
  | { readonly kind: 'scenario'; readonly value: Scenario }
  | { readonly kind: 'censor'; readonly value: CensorSpec }
  | { readonly kind: 'tool'; readonly value: Tool };

/** A scenario, a censor alone or a tool, whichever the keys of the file say; from YAML text, as `parseScenario` reads it. */
export function parseAny(text: string, file: string, tellNotice?: TellNotice): AnyFile {
  return parseYaml<AnyFile>(text, file, (value) => readAny(value, file), {
    hint: HINT,
    tellNotice,
  });
}

function readAny(plain: unknown, file: string): Reading<AnyFile> {
  const kind = kindOf(plain);
  if (kind === 'censor') return as(kind, readCensor(plain, file));
  if (kind === 'tool') return as(kind, readTool(plain, file));
  const problems = unknownKind(plain);
  if (problems.length > 0) return { value: undefined, problems };
  return as('scenario', read(plain, file));
}

function as<K extends AnyFile['kind'], T>(
  kind: K,
  { value, ...rest }: Reading<T>,
): Reading<{ readonly kind: K; readonly value: T }> {
  return { ...rest, value: value && { kind, value } };
}

function read(plain: unknown, file: string): Reading<Scenario> {
  const other = mistaken(plain, 'scenario');
  if (other.length > 0) return { value: undefined, problems: other };
  const { value, problems } = readWith(ScenarioFile, plain);
  if (value === undefined) return { value, problems };
  const wrong = crossCheck(value);
  if (wrong.length > 0) return { value: undefined, problems: wrong };
  return findLists(value, Object.values(value.profiles), file);
}

const HINT =
  'the fields and their values are in scenarios/REFERENCE.md; `chokepoint check FILE` reads it again';
