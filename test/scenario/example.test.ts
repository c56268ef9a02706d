import { expect, test } from 'vitest';
import { exampleScenario } from '../../src/scenario/example.ts';
import { parseScenario } from '../../src/scenario/parse.ts';

test('the scenario to begin with is valid, and says all that a scenario must', () => {
  const { id, expect: rows } = parseScenario(exampleScenario('xx-2026'), 'xx-2026.yaml');
  expect(id).toBe('xx-2026');
  expect(rows).toHaveLength(2);
});
