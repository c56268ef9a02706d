import { expect, test } from 'vitest';
import { layoutOf } from '../../src/scenario/layout.ts';
import type { RuleSpec } from '../../src/scenario/rule-schema.ts';
import type { LabEvent } from '../../src/testbed/lab.ts';
import { pathOutwards } from '../../src/testbed/lab-path.ts';
import { truthOf } from '../../src/testbed/locate-truth.ts';
import { readScenario } from '../support/scenarios.ts';

const CLIENT = '198.18.1.2';
const CONTROL = '198.18.4.2';
const PLACE = { hop: 2, after: 'isp', before: 'exchange' };
const RULES = [
  named('resets', '{ do: reset }'),
  named('lets the trigger pass', '{ do: blackhole, trigger: pass }'),
  named('excepts', '{ do: pass }'),
  named('slows', '{ do: delay, ms: 9 }'),
];

test.each<{ decisions: [rule: string, client: string][]; position: string | undefined }>([
  { decisions: [['resets', CLIENT]], position: 'in-path' },
  { decisions: [['lets the trigger pass', CLIENT]], position: 'on-path' },
  {
    decisions: [
      ['resets', CLIENT],
      ['lets the trigger pass', CLIENT],
    ],
    position: 'in-path',
  },
  { decisions: [['resets', CONTROL]], position: undefined },
  { decisions: [['excepts', CLIENT]], position: undefined },
  {
    decisions: [
      ['slows', CLIENT],
      ['lets the trigger pass', CLIENT],
    ],
    position: 'on-path',
  },
])(
  'the first rule that stops a flow of the client tells: $decisions',
  ({ decisions, position }) => {
    const path = pathOutwards(layoutOf(readScenario()), 'client', 'server');
    const events = decisions.map(([rule, client]) => decision(rule, client));
    const lab = truthOf(events, CLIENT, { rules: RULES, path }, { position: 'in-path' });
    expect(lab).toEqual(position === undefined ? null : { ...PLACE, position });
  },
);

function named(name: string, action: string): RuleSpec {
  const [rule] = readScenario({ action }).rules;
  return { ...(rule as RuleSpec), name };
}

function decision(rule: string, client: string): LabEvent {
  const flow = { client: `${client}:40000`, server: '198.18.3.2:80' };
  return { event: 'decision', rule, box: 'n', flow } as unknown as LabEvent;
}
