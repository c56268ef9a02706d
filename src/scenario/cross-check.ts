import { impossibleActions } from './cross-check-actions.ts';
import { uselessEvidence, valuesWithoutEvidence } from './cross-check-evidence.ts';
import { impossibleProfiles } from './cross-check-model.ts';
import { impossibleInProfiles } from './cross-check-profiles.ts';
import { impossibleTopology } from './cross-check-topology.ts';
import { impossibleTor } from './cross-check-tor.ts';
import { impossibleTriggers } from './cross-check-triggers.ts';
import { phasesOf } from './phases.ts';
import { type Problem, within } from './problem.ts';
import type { RuleSpec } from './rule-schema.ts';
import type { Censor, Scenario } from './schema.ts';

/** What a schema cannot say: names refer to something, and every value is documented or a surrogate. */
export function crossCheck(scenario: Scenario): Problem[] {
  return [
    ...unknownReferences(scenario),
    ...impossibleTopology(scenario),
    ...uselessEvidence(scenario),
    ...valuesWithoutEvidence(scenario),
    ...impossibleProbes(scenario),
    ...impossibleTor(scenario),
    ...impossiblePeriod(scenario),
    ...impossibleCensor(scenario),
  ];
}

/** What is wrong with rules, with models, or with both together. */
export function impossibleCensor(censor: Censor): Problem[] {
  return [
    ...doubleNames(censor),
    ...censor.rules.flatMap((rule, i) => [
      ...within(['rules', i, 'trigger'], impossibleTriggers(rule.trigger)),
      ...within(['rules', i], impossibleActions(rule)),
      ...within(['rules', i, 'during'], backwards(rule)),
    ]),
    ...impossibleProfiles(censor),
    ...impossibleInProfiles(censor),
  ];
}

function unknownReferences(scenario: Scenario): Problem[] {
  const problems: Problem[] = [];
  const refer = (path: Problem['path'], name: string, known: object, kind: string): void => {
    if (Object.hasOwn(known, name)) return;
    const names = Object.keys(known).join(', ');
    problems.push({ path, message: `expected a ${kind} of this file (${names}); found "${name}"` });
  };
  const { profiles, sources } = scenario;
  const phases = Object.fromEntries(phasesOf(scenario).map(({ name }) => [name, name]));
  scenario.expect.forEach((row, i) => {
    row.profiles?.forEach((name, j) => {
      refer(['expect', i, 'profiles', j], name, profiles, 'profile');
    });
  });
  scenario.expect.forEach((row, i) => {
    row.phases?.forEach((name, j) => {
      refer(['expect', i, 'phases', j], name, phases, 'phase');
    });
  });
  scenario.evidence.forEach((entry, i) => {
    if (entry.status === 'documented')
      refer(['evidence', i, 'source'], entry.source, sources, 'source');
  });
  return problems;
}

function doubleNames({ rules }: Censor): Problem[] {
  return rules.flatMap(({ name }, i) =>
    rules.findIndex((other) => other.name === name) < i
      ? [
          {
            path: ['rules', i, 'name'],
            message: `there is a rule "${name}" already; expected another name`,
          },
        ]
      : [],
  );
}

function impossibleProbes({ expect }: Scenario): Problem[] {
  return expect.flatMap((row, i) => {
    const problems: Problem[] = [];
    const only = (
      field: 'host' | 'split' | 'after' | 'beside' | 'bridge',
      probes: readonly string[],
    ): void => {
      if (row[field] === undefined || probes.includes(row.probe)) return;
      const message = `only a probe ${probes.join(' or ')} can do this; found ${row.probe}`;
      problems.push({ path: ['expect', i, field], message });
    };
    only('host', ['http', 'curl']);
    only('split', ['http', 'https']);
    only('after', ['http']);
    only('beside', ['https']);
    only('bridge', ['tor']);
    row.urls.forEach((url, j) => {
      const scheme = new URL(url).protocol.slice(0, -1);
      if (SCHEMES[row.probe].includes(scheme)) return;
      const message = `a probe ${row.probe} takes ${SCHEMES[row.probe].join(' or ')}; found "${url}"`;
      problems.push({ path: ['expect', i, 'urls', j], message });
    });
    return problems;
  });
}

function impossiblePeriod({ period, phases, rules }: Scenario): Problem[] {
  const begin = Date.parse(period.from);
  const end = period.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(period.to);
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
  for (const [i, rule] of rules.entries()) {
    if (rule.during === undefined || backwards(rule).length > 0) continue;
    const { from, to } = rule.during;
    if (Date.parse(to) > begin && Date.parse(from) < end) continue;
    const message = `expected a time within the scenario's period (${period.from} to ${period.to ?? 'now'}); found ${from} to ${to}`;
    problems.push({ path: ['rules', i, 'during'], message });
  }
  return problems;
}

/** The path begins in `during`. */
function backwards({ during }: RuleSpec): Problem[] {
  if (during === undefined || Date.parse(during.to) > Date.parse(during.from)) return [];
  const message = `expected a time after it begins (${during.from}); found "${during.to}"`;
  return [{ path: ['to'], message }];
}

const SCHEMES: Record<Scenario['expect'][number]['probe'], readonly string[]> = {
  tcp: ['tcp'],
  http: ['http'],
  https: ['https'],
  curl: ['http', 'https'],
  openssl: ['https'],
  chromium: ['http', 'https'],
  tor: ['http', 'https'],
};
