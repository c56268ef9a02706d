import { expect, test } from 'vitest';
import { layoutOf } from '../../src/scenario/layout.ts';
import type { RuleSpec } from '../../src/scenario/rule-schema.ts';
import type { LabEvent } from '../../src/testbed/lab.ts';
import { pathOutwards } from '../../src/testbed/lab-path.ts';
import { truthOf } from '../../src/testbed/locate-truth.ts';
import { readScenario } from '../support/scenarios.ts';

const CLIENT = '198.18.1.2';
const PLACE = { hop: 2, after: 'isp', before: 'exchange' };

test.each([
  ['r', CLIENT, { ...PLACE, position: 'in-path' }],
  ['another', CLIENT, null],
  ['r', '198.18.4.2', null],
])('what rule %s decides on flows of %s', (name, client, lab) => {
  expect(truth(decision(name, client), '{ do: reset }')).toEqual(lab);
});

test('a box that lets the trigger pass looks as if it were on the path', () => {
  const seen = truth(decision('r', CLIENT), '{ do: blackhole, trigger: pass }');
  expect(seen).toEqual({ ...PLACE, position: 'on-path' });
});

function truth(event: LabEvent, action: string): ReturnType<typeof truthOf> {
  const scenario = readScenario({ action });
  const rule = scenario.rules[0] as RuleSpec;
  const path = pathOutwards(layoutOf(scenario), 'client', 'server');
  return truthOf([event], CLIENT, { rule, path }, { position: 'in-path' });
}

function decision(rule: string, client: string): LabEvent {
  const flow = { client: `${client}:40000`, server: '198.18.3.2:80' };
  return { event: 'decision', rule, box: 'n', flow } as unknown as LabEvent;
}
