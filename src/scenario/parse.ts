import { crossCheck } from './cross-check.ts';
import { findLists } from './name-lists.ts';
import { type Scenario, ScenarioFile } from './schema.ts';
import { parseYaml, type Reading, readWith, type TellNotice } from './yaml-file.ts';

/** Reads a scenario from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseScenario(text: string, file: string, tellNotice?: TellNotice): Scenario {
  return parseYaml(text, file, (value) => read(value, file), { hint: HINT, tellNotice });
}

function read(plain: unknown, file: string): Reading<Scenario> {
  const { value, problems } = readWith(ScenarioFile, plain);
  if (value === undefined) return { value, problems };
  const wrong = crossCheck(value);
  if (wrong.length > 0) return { value: undefined, problems: wrong };
  return findLists(value, Object.values(value.profiles), file);
}

const HINT =
  'the fields and their values are in scenarios/REFERENCE.md; `chokepoint check FILE` reads it again';
