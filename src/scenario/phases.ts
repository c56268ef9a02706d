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
  const at = momentOf(scenario, date);
  const phases = phasesOf(scenario);
  const phase = phases.filter((one) => Date.parse(one.at) <= Date.parse(at)).at(-1);
  if (phase !== undefined) return { name: phase.name, at };
  const [first] = phases as [Phase];
  throw new ChokepointError(
    'USAGE',
    `${scenario.id} expects nothing at ${date}, before its phase ${first.name}`,
    { hint: hintOf(scenario) },
  );
}

/** A moment of a scenario's period, ISO 8601, UTC. A date that names no zone is in UTC. */
function momentOf(scenario: Scenario, date: string): string {
  const moment = Date.parse(/T[\d:.]+$/.test(date) ? `${date}Z` : date);
  const { period } = scenario;
  const end = period.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(period.to);
  if (moment >= Date.parse(period.from) && moment < end) return new Date(moment).toISOString();
  const found = Number.isNaN(moment)
    ? `"${date}" is no date`
    : `${scenario.id} is not about ${date}: its period is from ${period.from}${period.to === undefined ? '' : ` to ${period.to}`}`;
  throw new ChokepointError('USAGE', found, { hint: hintOf(scenario) });
}

function hintOf(scenario: Scenario): string {
  const known = phasesOf(scenario).map(({ name, at }) => `${name} from ${at}`);
  return `name a time such as ${phasesOf(scenario).at(-1)?.at} with --at; there is ${known.join(', ')}`;
}

const BEGINNING = 'beginning';
