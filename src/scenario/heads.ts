import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCENARIOS, scenarioIds } from './folder.ts';
import type { Scenario } from './schema.ts';

/** The part of a scenario that a list of scenarios shows. */
export type ScenarioHead = Pick<Scenario, 'id' | 'title' | 'period' | 'networks' | 'sources'>;

/**
 * The heads of the scenarios that come with Chokepoint, under their ids in `scenarioIds`. The build leaves an index of them, so that a list
 * need not read 19 scenarios in full. A file that changed since is not in the index, and is read. Throws as `loadScenario` does.
 */
export async function scenarioHeads(): Promise<ScenarioHead[]> {
  const index: HeadIndex = existsSync(INDEX) ? JSON.parse(readFileSync(INDEX, 'utf8')) : {};
  return Promise.all(scenarioIds().map(async (id) => index[keyOf(id)] ?? (await headOf(id))));
}

/** The index of the scenarios as they are, as the build writes it. A file that is no scenario is left out. */
export async function headIndex(): Promise<HeadIndex> {
  const entries = scenarioIds().map(async (id) => [keyOf(id), await headOf(id)] as const);
  const read = await Promise.allSettled(entries);
  return Object.fromEntries(read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
}

async function headOf(id: string): Promise<ScenarioHead> {
  const { loadScenario } = await import('./library.ts');
  const { title, period, networks, sources } = loadScenario(id);
  return { id, title, period, networks, sources };
}

/** A file that is changed or renamed has another. */
function keyOf(id: string): string {
  const text = readFileSync(join(SCENARIOS, `${id}.yaml`));
  return createHash('sha256').update(id).update('\0').update(text).digest('hex');
}

type HeadIndex = Readonly<Record<string, ScenarioHead>>;

/** Beside `dist/src`; what runs from source has none. */
const INDEX = fileURLToPath(new URL('../../scenarios.json', import.meta.url));
