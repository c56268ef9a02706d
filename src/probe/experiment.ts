import { labFacts, ownHost } from './lab-facts.ts';
import { measurementOf } from './measurement.ts';
import type { Observation } from './observation.ts';

/** One of OONI's tests, made once. */
export interface Experiment {
  readonly test_name: string;
  readonly test_version: string;
  readonly input: string;
  readonly options?: readonly string[];
}

/** Makes a measurement and writes it down in OONI's format. In no lab there is nothing to write. */
export async function experiment(
  { test_name, test_version, input, options = [] }: Experiment,
  measure: () => Promise<{ readonly observation: Observation; readonly test_keys: object }>,
): Promise<Observation> {
  const startedAt = Date.now();
  const clock = performance.now();
  const { observation, test_keys } = await measure();
  const facts = labFacts();
  if (facts === undefined || observation.skipped !== undefined) return observation;
  const runtime = (performance.now() - clock) / 1000;
  const made = { test_name, test_version, input, options, startedAt, runtime, test_keys };
  return { ...observation, measurements: [measurementOf(facts, ownHost(), made)] };
}
