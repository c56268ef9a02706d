import { ChokepointError } from '../base/errors.ts';
import { momentOf } from './date.ts';
import type { Scenario } from './schema.ts';

/** A moment of a scenario's calendar at which it is run. */
export interface Phase {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** In the order of the file; where it names none, the beginning of its period is the only one. */
export function phasesOf({ phases, period }: Scenario): Phase[] {
  if (phases === undefined) return [{ name: BEGINNING, at: period.from }];
  return Object.entries(phases).map(([name, at]) => ({ name, at }));
}

/** The phase that a moment lies in: the last that has begun. The lab's calendar then begins with that very moment. */
export function phaseAt(scenario: Scenario, date: string): Phase {
  const at = momentOf(scenario, date);
  const phase = phaseBegunBy(scenario, at);
  if (phase !== undefined) return { name: phase.name, at };
  const [first] = phasesOf(scenario) as [Phase];
  throw new ChokepointError(
    'USAGE',
    `${scenario.id} expects nothing at ${date}, before its phase ${first.name}`,
    { hint: `name a time from ${first.at} on with --at` },
  );
}

/** The last phase that has begun at a moment, ISO 8601; undefined before the first. */
export function phaseBegunBy(scenario: Scenario, at: string): Phase | undefined {
  return phasesOf(scenario).findLast((phase) => Date.parse(phase.at) <= Date.parse(at));
}

const BEGINNING = 'beginning';
