import { covers, leafPaths } from './evidence.ts';
import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** Evidence for values that the file does not have. */
export function uselessEvidence(scenario: Scenario): Problem[] {
  const paths = leafPaths(scenario);
  return scenario.evidence.flatMap(({ fields }, i) =>
    fields.flatMap((field, j) =>
      paths.some((path) => covers(field, path))
        ? []
        : [
            {
              path: ['evidence', i, 'fields', j],
              message: `no value of this file is called "${field}"`,
            },
          ],
    ),
  );
}

/** Everything that shapes the censor or the path must have its evidence, defaults too; texts and expectations need none, but for a sensor's: those are the source's figures. */
export function valuesWithoutEvidence(scenario: Scenario): Problem[] {
  return leafPaths(scenario)
    .filter(([top]) => EVIDENCED.includes(String(top)))
    .filter((path) => !scenario.evidence.some(({ fields }) => fields.some((f) => covers(f, path))))
    .map((path) => ({
      path,
      message: 'no evidence for this value; name it under `evidence` as documented or surrogate',
    }));
}

const EVIDENCED: readonly string[] = [
  'period',
  'phases',
  'networks',
  'topology',
  'origin',
  'hosts',
  'resolvers',
  'tor',
  'profiles',
  'rules',
  'sensor',
];
