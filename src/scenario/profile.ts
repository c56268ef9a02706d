import { ChokepointError } from '../base/errors.ts';
import type { ModelSpec } from './model-schema.ts';
import type { Scenario } from './schema.ts';

/** One of the scenario's models by its name; by default the first. */
export function profileOf(
  scenario: Scenario,
  name = Object.keys(scenario.profiles)[0] as string,
): { readonly profile: string; readonly model: ModelSpec } {
  const profiles = new Map(Object.entries(scenario.profiles));
  const model = profiles.get(name);
  if (model !== undefined) return { profile: name, model };
  throw new ChokepointError('USAGE', `${scenario.id} has no profile "${name}"`, {
    hint: `name one of ${[...profiles.keys()].join(', ')} with --profile`,
  });
}
