import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { headIndex, scenarioHeads } from '../../src/scenario/heads.ts';
import { loadScenario, scenarioIds } from '../../src/scenario/library.ts';

test('the head of a scenario says what the scenario says', async () => {
  const whole = scenarioIds().map((id) => {
    const { title, period, networks, sources } = loadScenario(id);
    return { id, title, period, networks, sources };
  });
  expect(await scenarioHeads()).toEqual(whole);
});

test('the build leaves an index of every scenario as it is', async () => {
  const built = join(import.meta.dirname, '../../dist/scenarios.json');
  const index = await headIndex();
  expect(Object.keys(index)).toHaveLength(scenarioIds().length);
  expect(JSON.parse(readFileSync(built, 'utf8'))).toEqual(JSON.parse(JSON.stringify(index)));
});
