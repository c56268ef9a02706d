import { CensorFile, type CensorSpec, readCensor } from './censor-file.ts';
import { crossCheck } from './cross-check.ts';
import { findLists } from './name-lists.ts';
import { type Scenario, ScenarioFile } from './schema.ts';
import { parseYaml, type Reading, readWith, type TellNotice } from './yaml-file.ts';

/** Reads a scenario from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseScenario(text: string, file: string, tellNotice?: TellNotice): Scenario {
  return parseYaml(text, file, (value) => read(value, file), { hint: HINT, tellNotice });
}

/** A scenario, or a censor alone, whose file has but `model` and `rules`; from YAML text, as `parseScenario` reads it. */
export function parseEither(
  text: string,
  file: string,
  tellNotice?: TellNotice,
): Scenario | CensorSpec {
  const either = (value: unknown): Reading<Scenario | CensorSpec> =>
    isCensorAlone(value) ? readCensor(value, file) : read(value, file);
  return parseYaml(text, file, either, { hint: HINT, tellNotice });
}

function read(plain: unknown, file: string): Reading<Scenario> {
  if (isCensorAlone(plain)) return { value: undefined, problems: [{ path: [], message: CENSOR }] };
  const { value, problems } = readWith(ScenarioFile, plain);
  if (value === undefined) return { value, problems };
  const wrong = crossCheck(value);
  if (wrong.length > 0) return { value: undefined, problems: wrong };
  return findLists(value, Object.values(value.profiles), file);
}

/** Whether a file has what a censor's has, and nothing that only a scenario has. */
function isCensorAlone(plain: unknown): boolean {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return false;
  const keys = Object.keys(plain);
  const isOfBoth = (key: string): boolean => Object.hasOwn(CensorFile.shape, key);
  return (
    keys.some(isOfBoth) &&
    keys.every((key) => isOfBoth(key) || !Object.hasOwn(ScenarioFile.shape, key))
  );
}

const CENSOR =
  'found a censor alone (`model` and `rules`); expected a scenario: `run`, `up` and `replay` take a censor as --censor FILE';
const HINT =
  'the fields and their values are in scenarios/REFERENCE.md; `chokepoint check FILE` reads it again';
