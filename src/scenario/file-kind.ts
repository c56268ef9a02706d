import type { Problem } from './problem.ts';
import { ScenarioFile } from './schema.ts';
import { ToolFile } from './tool-schema.ts';

/** Kinds of YAML files that people write. */
export type FileKind = 'scenario' | 'censor' | 'tool';

/** By the keys that a file has; undefined where it has none, or such alone as several kinds have. */
export function kindOf(plain: unknown): FileKind | undefined {
  const keys = keysOf(plain);
  const count = (known: ReadonlySet<string>): number => keys.filter((key) => known.has(key)).length;
  if (count(OF_TOOL) > count(OF_SCENARIO)) return 'tool';
  const isAlone = count(OF_SCENARIO) === count(RULES) && count(OF_BOTH) === 0;
  if (isAlone && count(OF_CENSOR) > 0) return 'censor';
  return count(OF_SCENARIO) > 0 ? 'scenario' : undefined;
}

/** A file of another kind than is wanted: what it is, and which option takes it. */
export function mistaken(plain: unknown, wanted: FileKind): Problem[] {
  const found = kindOf(plain);
  if (found === undefined || found === wanted) return [];
  return [{ path: [], message: `found ${IS[found]}; expected ${IS[wanted]}: ${IS_TAKEN[found]}` }];
}

/** A mapping that has no key of any kind. */
export function unknownKind(plain: unknown): Problem[] {
  const keys = keysOf(plain);
  if (keys.length === 0 || kindOf(plain) !== undefined) return [];
  if (keys.some((key) => OF_BOTH.has(key))) return [];
  const message = `expected ${IS.scenario} (\`id\`, \`rules\`, …), ${IS.censor} or ${IS.tool} (\`id\`, \`through\`, …); found none of their keys`;
  return [{ path: [], message }];
}

function keysOf(plain: unknown): readonly string[] {
  const isMapping = typeof plain === 'object' && plain !== null && !Array.isArray(plain);
  return isMapping ? Object.keys(plain) : [];
}

const IS: Readonly<Record<FileKind, string>> = {
  scenario: 'a scenario',
  censor: 'a censor alone (`model` and `rules`)',
  tool: 'a circumvention tool',
};
const IS_TAKEN: Readonly<Record<FileKind, string>> = {
  scenario:
    '`run FILE` and `up FILE` take a scenario, as do `replay` with --scenario FILE and `matrix` with --scenarios FILE',
  censor: '`run`, `up` and `replay` take a censor as --censor FILE',
  tool: '`matrix` takes a tool as --tools FILE',
};
const OF_BOTH: ReadonlySet<string> = new Set(['id', 'title']);
const OF_CENSOR: ReadonlySet<string> = new Set(['model', 'rules']);
const RULES: ReadonlySet<string> = new Set(['rules']);
const OF_SCENARIO = ownKeys(ScenarioFile.shape);
const OF_TOOL = ownKeys(ToolFile.shape);

function ownKeys(shape: object): ReadonlySet<string> {
  return new Set(Object.keys(shape).filter((key) => !OF_BOTH.has(key)));
}
