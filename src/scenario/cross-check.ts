import { impossibleActions } from './cross-check-actions.ts';
import { impossibleControls } from './cross-check-controls.ts';
import { uselessEvidence, valuesWithoutEvidence } from './cross-check-evidence.ts';
import { impossibleHosts } from './cross-check-hosts.ts';
import { impossibleTargets } from './cross-check-matrix.ts';
import { impossibleProfiles } from './cross-check-model.ts';
import { backwards, impossiblePeriod } from './cross-check-period.ts';
import { impossibleProbe } from './cross-check-probes.ts';
import { impossibleInProfiles } from './cross-check-profiles.ts';
import { impossibleResolvers } from './cross-check-resolvers.ts';
import { impossibleToSee } from './cross-check-see.ts';
import { impossibleSensor } from './cross-check-sensor.ts';
import { impossibleTables } from './cross-check-tables.ts';
import { impossibleTopology } from './cross-check-topology.ts';
import { impossibleTor } from './cross-check-tor.ts';
import { impossibleTriggers } from './cross-check-triggers.ts';
import { phasesOf } from './phases.ts';
import { type Problem, refer, within } from './problem.ts';
import type { Censor, Scenario } from './schema.ts';

/** What a schema cannot say: names refer to something, and every value is documented or a surrogate. */
export function crossCheck(scenario: Scenario): Problem[] {
  return [
    ...unknownReferences(scenario),
    ...impossibleTopology(scenario),
    ...uselessEvidence(scenario),
    ...valuesWithoutEvidence(scenario),
    ...scenario.expect.flatMap((row, i) => within(['expect', i], impossibleProbe(row))),
    ...impossibleToSee(scenario),
    ...impossibleHosts(scenario),
    ...impossibleControls(scenario),
    ...impossibleTor(scenario),
    ...impossiblePeriod(scenario),
    ...impossibleResolvers(scenario),
    ...impossibleTables(scenario),
    ...impossibleTargets(scenario),
    ...impossibleSensor(scenario),
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
      ...within(['rules', i, 'during'], backwards(rule.during)),
    ]),
    ...impossibleProfiles(censor),
    ...impossibleInProfiles(censor),
  ];
}

function unknownReferences(scenario: Scenario): Problem[] {
  const profiles = Object.keys(scenario.profiles);
  const sources = Object.keys(scenario.sources);
  const phases = phasesOf(scenario).map(({ name }) => name);
  return [
    ...scenario.expect.flatMap((row, i) => [
      ...(row.profiles ?? []).flatMap((name, j) =>
        refer(['expect', i, 'profiles', j], name, profiles, 'a profile'),
      ),
      ...(row.phases ?? []).flatMap((name, j) =>
        refer(['expect', i, 'phases', j], name, phases, 'a phase'),
      ),
    ]),
    ...scenario.evidence.flatMap((entry, i) =>
      entry.status === 'documented'
        ? refer(['evidence', i, 'source'], entry.source, sources, 'a source')
        : [],
    ),
  ];
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
