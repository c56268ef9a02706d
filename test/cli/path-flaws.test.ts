import { expect, test } from 'vitest';
import { withFlaws } from '../../src/cli/path-flaws.ts';
import { loadScenario } from '../../src/scenario/library.ts';
import type { Scenario } from '../../src/scenario/schema.ts';

test.each([
  { id: 'az-2017', links: 2, name: 'one box' },
  { id: 'ir-2012', links: 4, name: 'a box in transit behind another' },
])('loss and jitter of a path with $name are shared by its $links links', ({ id, links }) => {
  const { topology } = withFlaws(loadScenario(id), { loss: '10', jitter: '12' });
  const sides = [topology, ...(topology.transit === undefined ? [] : [topology.transit])];
  const losses = sides.flatMap(({ near_loss = 0, far_loss = 0 }) => [near_loss, far_loss]);
  expect(losses).toHaveLength(links);
  expect(losses.reduce((gets, loss) => gets * (1 - loss), 1)).toBeCloseTo(0.9, 12);
  expect(new Set(losses).size).toBe(1);
  const jitters = sides.flatMap((one) => [one.near_jitter_ms, one.far_jitter_ms]);
  expect(jitters).toEqual(Array(links).fill(12 / links));
});

test('a sensor has them too, and what is not said stays as the scenario has it', () => {
  const scenario = loadScenario('az-2017');
  const path: Scenario['topology'] = { ...scenario.topology, near_loss: 0.5, far_jitter_ms: 7 };
  const flawed = withFlaws({ ...scenario, topology: path }, { jitter: '0' });
  expect(flawed.topology).toEqual({ ...path, near_jitter_ms: 0, far_jitter_ms: 0 });
  expect(flawed.sensor?.topology).toMatchObject({ near_jitter_ms: 0, far_jitter_ms: 0 });
  expect(withFlaws(scenario, {})).toEqual(scenario);
});
