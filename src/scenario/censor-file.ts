import * as z from 'zod';
import { impossibleCensor } from './cross-check.ts';
import { mistaken } from './file-kind.ts';
import { ModelSchema } from './model-schema.ts';
import { findLists } from './name-lists.ts';
import type { Problem } from './problem.ts';
import { readText } from './read-text.ts';
import { RuleSchema } from './rule-schema.ts';
import { parseYaml, type Reading, readWith, type TellNotice } from './yaml-file.ts';

/** A censor alone, as a hypothesis has it: one model and its rules, without evidence, topology or expectations. */
export const CensorFile = z.strictObject({
  model: ModelSchema.prefault({}),
  rules: z.array(RuleSchema).min(1),
});

export type CensorSpec = z.output<typeof CensorFile>;

export function loadCensorFile(file: string, tellNotice?: TellNotice): CensorSpec {
  return parseCensor(readText(file, HINT), file, tellNotice);
}

/** Reads a censor from YAML text. Every problem is reported, each as `file:line:col: field: what was expected`. */
export function parseCensor(text: string, file: string, tellNotice?: TellNotice): CensorSpec {
  return parseYaml(text, file, (value) => readCensor(value, file), { hint: HINT, tellNotice });
}

/** A censor from the plain value of its file. */
export function readCensor(plain: unknown, file: string): Reading<CensorSpec> {
  const other = mistaken(plain, 'censor');
  if (other.length > 0) return { value: undefined, problems: other };
  const { value, problems } = readWith(CensorFile, plain);
  if (value === undefined) return { value, problems };
  const wrong = impossibleCensor({ profiles: { [MODEL]: value.model }, rules: value.rules });
  if (wrong.length > 0) return { value: undefined, problems: wrong.map(ofModel) };
  return findLists(value, [value.model], file);
}

/** The only profile is the model. */
function ofModel({ path, message, ...rest }: Problem): Problem {
  const isInProfile = path[0] === 'profiles' && path[1] === MODEL;
  const told = message.replaceAll(`profile "${MODEL}"`, 'the model');
  return { ...rest, path: isInProfile ? path.slice(1) : path, message: told };
}

const MODEL = 'model';
const HINT =
  'expected a YAML file with `model` and `rules`, whose fields are in scenarios/REFERENCE.md';
