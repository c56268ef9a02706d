import { parseDnsUri } from '../wire/dns/uri.ts';
import { impossibleActions } from './cross-check-actions.ts';
import { impossibleControls } from './cross-check-controls.ts';
import { uselessEvidence, valuesWithoutEvidence } from './cross-check-evidence.ts';
import { impossibleHosts } from './cross-check-hosts.ts';
import { impossibleProfiles } from './cross-check-model.ts';
import { backwards, impossiblePeriod } from './cross-check-period.ts';
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
    ...impossibleProbes(scenario),
    ...impossibleToSee(scenario),
    ...impossibleHosts(scenario),
    ...impossibleControls(scenario),
    ...impossibleTor(scenario),
    ...impossiblePeriod(scenario),
    ...impossibleResolvers(scenario),
    ...impossibleTables(scenario),
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

function impossibleProbes({ expect }: Scenario): Problem[] {
  return expect.flatMap((row, i) => {
    const problems: Problem[] = [];
    const only = (
      field: 'host' | 'split' | 'tls' | 'group' | 'after' | 'beside' | 'connect' | 'bridge',
      probes: readonly string[],
    ): void => {
      if (row[field] === undefined || probes.includes(row.probe)) return;
      const message = `only a probe ${probes.join(' or ')} can do this; found ${row.probe}`;
      problems.push({ path: ['expect', i, field], message });
    };
    if (row.see.failing !== undefined && row.times === undefined) {
      const message = 'expected `times` where some may fail and others not; found none';
      problems.push({ path: ['expect', i, 'see'], message });
    }
    only('host', ['http', 'curl']);
    only('split', ['http', 'https']);
    only('tls', row.tls === '1.0' ? ['curl', 'openssl'] : ['curl', 'openssl', 'chromium']);
    only('group', ['curl', 'openssl']);
    only('after', ['http']);
    only('beside', ['https']);
    only(
      'connect',
      Object.keys(SCHEMES).filter((probe) => probe !== 'dig' && probe !== 'tor'),
    );
    if (row.see.addresses !== undefined && row.probe !== 'dig') {
      const message = `only a probe dig tells addresses; found ${row.probe}`;
      problems.push({ path: ['expect', i, 'see', 'addresses'], message });
    }
    only('bridge', ['tor']);
    row.urls.forEach((url, j) => {
      const scheme = new URL(url).protocol.slice(0, -1);
      if (row.probe === 'dig' && scheme === 'dns' && parseDnsUri(url) === undefined) {
        const message = `expected a question such as "dns:meydan.tv" or "dns://server/meydan.tv?type=AXFR"; found "${url}"`;
        problems.push({ path: ['expect', i, 'urls', j], message });
      }
      if (SCHEMES[row.probe].includes(scheme)) return;
      const message = `a probe ${row.probe} takes ${SCHEMES[row.probe].join(' or ')}; found "${url}"`;
      problems.push({ path: ['expect', i, 'urls', j], message });
    });
    return problems;
  });
}

const SCHEMES: Record<Scenario['expect'][number]['probe'], readonly string[]> = {
  tcp: ['tcp'],
  http: ['http'],
  https: ['https'],
  curl: ['http', 'https'],
  openssl: ['https'],
  chromium: ['http', 'https'],
  dig: ['dns'],
  tor: ['http', 'https'],
};
