import type { RuleSpec } from './rule-schema.ts';
import type { Scenario } from './schema.ts';

/** The rules of a scenario as they come into force in its calendar: those without a time of their own with its period. */
export function rulesInTime({ rules, period }: Pick<Scenario, 'rules' | 'period'>): RuleSpec[] {
  const whole = { from: period.from, to: period.to ?? NEVER };
  return rules.map((rule) => ({ ...rule, during: rule.during ?? whole }));
}

/** When the first rule comes into force between two moments, in Unix ms; undefined if none does. */
export function onsetWithin(
  scenario: Pick<Scenario, 'rules' | 'period'>,
  { from, to }: { readonly from: string; readonly to: string },
): number | undefined {
  const begins = rulesInTime(scenario).map(({ during }) => Date.parse(during?.from ?? NEVER));
  const within = begins.filter((at) => at > Date.parse(from) && at < Date.parse(to));
  return within.length === 0 ? undefined : Math.min(...within);
}

const NEVER = '9999-12-31T23:59:59Z';
