import { expect, test } from 'vitest';
import { exampleScenario } from '../../src/scenario/example.ts';
import { parseScenario } from '../../src/scenario/parse.ts';

test('the scenario to begin with is valid, and says all that a scenario must', () => {
  const { id, expect: rows } = parseScenario(exampleScenario('xx-2026'), 'xx-2026.yaml');
  expect(id).toBe('xx-2026');
  expect(rows).toHaveLength(2);
});

test.each(['2026', '007', '1e3', '0x10', '0o7', 'true', 'null', 'a', '0'])(
  'also where the id is %s, which YAML may read as something else',
  (id) => {
    expect(parseScenario(exampleScenario(id), `${id}.yaml`).id).toBe(id);
  },
);
