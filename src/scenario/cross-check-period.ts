import type { Problem } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { Scenario } from './schema.ts';

/** Phases, rules and resolvers at times that the scenario is not about. */
export function impossiblePeriod(scenario: Scenario): Problem[] {
  const { period, phases, rules, resolvers = {} } = scenario;
  const { begin, end } = boundsOf(scenario);
  const problems: Problem[] = [];
  if (end <= begin) {
    const message = `expected a time after the period begins (${period.from}); found "${period.to}"`;
    problems.push({ path: ['period', 'to'], message });
  }
  let before = Number.NEGATIVE_INFINITY;
  for (const [name, at] of Object.entries(phases ?? {})) {
    const moment = Date.parse(at);
    if (moment < begin || moment >= end || moment <= before) {
      const message = `expected a time within the scenario's period (${period.from} to ${period.to ?? 'now'}), after the phase before; found ${at}`;
      problems.push({ path: ['phases', name], message });
    }
    before = moment;
  }
  const ofRules = rules.flatMap(({ during }, i) =>
    outside(['rules', i, 'during'], during, scenario),
  );
  const ofResolvers = Object.entries(resolvers).flatMap(([id, { lies = [], zones = [] }]) => [
    ...lies.flatMap(({ during }, i) => ofResolver([id, 'lies', i], during, scenario)),
    ...zones.flatMap(({ during }, i) => ofResolver([id, 'zones', i], during, scenario)),
  ]);
  return [...problems, ...ofRules, ...ofResolvers];
}

/** The path begins in `during`. */
export function backwards(during: During): Problem[] {
  if (during === undefined || Date.parse(during.to) > Date.parse(during.from)) return [];
  const message = `expected a time after it begins (${during.from}); found "${during.to}"`;
  return [{ path: ['to'], message }];
}

function ofResolver(path: Problem['path'], during: During, scenario: Scenario): Problem[] {
  const whole = ['resolvers', ...path, 'during'];
  const wrong = backwards(during).map((one) => ({ ...one, path: [...whole, ...one.path] }));
  return [...wrong, ...outside(whole, during, scenario)];
}

function outside(path: Problem['path'], during: During, scenario: Scenario): Problem[] {
  if (during === undefined || backwards(during).length > 0) return [];
  const { period } = scenario;
  const { begin, end } = boundsOf(scenario);
  if (Date.parse(during.to) > begin && Date.parse(during.from) < end) return [];
  const message = `expected a time within the scenario's period (${period.from} to ${period.to ?? 'now'}); found ${during.from} to ${during.to}`;
  return [{ path, message }];
}

function boundsOf({ period }: Scenario): { readonly begin: number; readonly end: number } {
  const end = period.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(period.to);
  return { begin: Date.parse(period.from), end };
}

type During = RuleSpec['during'];
