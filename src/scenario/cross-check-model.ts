import { clashes } from './cross-check-clashes.ts';
import { partsOf } from './cross-check-combinations.ts';
import { idleKnobs } from './cross-check-idle.ts';
import { modelOf } from './model.ts';
import type { Problem } from './problem.ts';
import type { Censor } from './schema.ts';

/** Knobs of a profile that contradict each other, or that were turned and do nothing. */
export function impossibleProfiles({ profiles, rules }: Censor): Problem[] {
  const asks = (...kinds: readonly string[]): boolean =>
    rules.some(({ trigger }) => partsOf(trigger).some(({ match }) => kinds.includes(match)));
  return Object.entries(profiles).flatMap(([name, spec]) => {
    const model = modelOf(spec);
    const problems = [...clashes(spec, model), ...idleKnobs(spec, model, asks)];
    return problems.map(({ knob, message }) => ({
      path: ['profiles', name, ...knob.split('.')],
      message,
    }));
  });
}
