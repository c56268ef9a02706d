import { ChokepointError } from '../base/errors.ts';
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
  const moment = Date.parse(date);
  const { period } = scenario;
  const end = period.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(period.to);
  const begun = phasesOf(scenario).filter(({ at }) => Date.parse(at) <= moment);
  const phase = begun.at(-1);
  if (phase !== undefined && moment < end)
    return { name: phase.name, at: new Date(moment).toISOString() };
  const known = phasesOf(scenario).map(({ name, at }) => `${name} from ${at}`);
  const found = Number.isNaN(moment)
    ? `"${date}" is no date`
    : `${scenario.id} is not about ${date}`;
  throw new ChokepointError('USAGE', found, {
    hint: `name a time such as 2022-09-16T12:00:00Z with --at; there is ${known.join(', ')}`,
  });
}

const BEGINNING = 'beginning';
