import { expect, test } from 'vitest';
import { loadScenario } from '../../../src/scenario/library.ts';
import { loadTool } from '../../../src/scenario/tool-library.ts';
import { countCells } from '../../../src/testbed/matrix/matrix.ts';

const SCENARIOS = [loadScenario('az-2017')];

test('a strategy that is written in two ways is one', () => {
  const strategies = ['[TCP:flags:PA]-drop-|', '[TCP:flags:PA]-drop-| \\/ ', 'none', 'none'];
  expect(countCells({ scenarios: SCENARIOS, strategies })).toBe(2 * 2);
});

test.each([
  [
    'two tools',
    { tools: [loadTool('ssh'), { ...loadTool('tor'), id: 'ssh' }] },
    'tool once; found "ssh"',
  ],
  [
    'a tool and a strategy',
    { tools: [{ ...loadTool('ssh'), id: 'none' }] },
    'tool once; found "none"',
  ],
  ['two scenarios', { scenarios: [...SCENARIOS, ...SCENARIOS] }, 'scenario once; found "az-2017"'],
])('%s with the same id are refused, for their cells could not be told apart', (_, asked, says) => {
  const strategies = ['none'];
  expect(() => countCells({ scenarios: SCENARIOS, strategies, ...asked })).toThrow(says);
});
