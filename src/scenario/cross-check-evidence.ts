import { coverageOf, coveredIn, leafPaths } from './evidence.ts';
import type { Problem } from './problem.ts';
import type { Scenario } from './schema.ts';

/** Evidence for values that the file does not have: the first of it. */
export function uselessEvidence(scenario: Scenario): Problem[] {
  const isKnown = coveredIn(leafPaths(scenario));
  const problems: Problem[] = [];
  for (const [i, { fields }] of scenario.evidence.entries()) {
    for (const [j, field] of fields.entries()) {
      if (isKnown(field)) continue;
      const path = ['evidence', i, 'fields', j];
      problems.push({ path, message: `no value of this file is called "${field}"` });
      if (problems.length === MOST_PROBLEMS) return problems;
    }
  }
  return problems;
}

/** Everything that shapes the censor or the path must have its evidence, defaults too; texts and expectations need none, but for a sensor's: those are the source's figures. */
export function valuesWithoutEvidence(scenario: Scenario): Problem[] {
  const hasEvidence = coverageOf(scenario.evidence.flatMap(({ fields }) => fields));
  return leafPaths(scenario)
    .filter(([top]) => EVIDENCED.includes(String(top)))
    .filter((path) => !hasEvidence(path))
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

/** Those behind them are told once these are put right. */
const MOST_PROBLEMS = 100;
