import { ChokepointError } from '../base/errors.ts';
import { loadCensorFile } from '../scenario/censor-file.ts';
import { loadScenario } from '../scenario/library.ts';
import type { ModelSpec } from '../scenario/model-schema.ts';
import { profileOf } from '../scenario/profile.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';

export interface CensorOptions {
  readonly scenario?: string | undefined;
  readonly profile?: string | undefined;
  readonly censor?: string | undefined;
}

/** A censor as its file has it. */
export interface NamedCensor {
  readonly rules: readonly RuleSpec[];
  readonly seed: number;
  /** By the name of the profile; a file with a censor alone has but one. */
  readonly modelOf: (profile: string | undefined) => ModelSpec;
}

/** The censor that a command was given; undefined if none. */
export function censorOf({
  scenario: id,
  profile,
  censor,
}: CensorOptions): NamedCensor | undefined {
  if (censor === undefined) return id === undefined ? undefined : censorOfScenario(id, profile);
  if (id !== undefined) {
    throw new ChokepointError('USAGE', '--scenario and --censor name a censor each', {
      hint: 'leave one of them out',
    });
  }
  if (profile !== undefined) {
    throw new ChokepointError('USAGE', '--profile is for --scenario: a censor file has one model', {
      hint: 'leave out --profile',
    });
  }
  const { rules, model } = loadCensorFile(censor);
  return { rules, seed: 0, modelOf: () => model };
}

/** What `--seed` says; undefined if it was left out. */
export function seedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ChokepointError('USAGE', `--seed: expected a whole number; found "${text}"`);
}

function censorOfScenario(id: string, profile: string | undefined): NamedCensor {
  const scenario = loadScenario(id);
  const { rules, seed } = scenario;
  return { rules, seed, modelOf: (other) => profileOf(scenario, profile ?? other).model };
}
