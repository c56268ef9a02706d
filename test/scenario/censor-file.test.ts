import { describe, expect, test } from 'vitest';
import { parseCensor } from '../../src/scenario/censor-file.ts';

const RULE = `rules:
  - name: blocked
    trigger: { match: tls.sni, domains: [blocked.test] }
    action: { do: reset }
`;

test('a censor is a model and rules; the model is plain unless it says otherwise', () => {
  expect(parseCensor(RULE, 'x.yaml').model).toEqual({ preset: 'plain' });
  const { model, rules } = parseCensor(
    `model: { preset: strict, position: on-path }\n${RULE}`,
    'x',
  );
  expect(model).toEqual({ preset: 'strict', position: 'on-path' });
  expect(rules[0]).toMatchObject({ name: 'blocked', action: { do: 'reset', to: 'both' } });
});

describe('what is wrong is told with its place', () => {
  test.each([
    [
      'a field of scenarios',
      `id: x\n${RULE}`,
      /^x\.yaml:1:1: found a scenario; expected a censor alone/,
    ],
    [
      'an unknown knob',
      `model: { streams: {} }\n${RULE}`,
      /^x\.yaml:1:10: model\.streams: unknown key/,
    ],
    ['no rules', 'model: {}\n', /^x\.yaml:1:1: rules: expected a list; it is missing/],
    [
      'knobs that contradict each other',
      `model:\n  tcb: { create: none }\n  stream: { mode: full }\n${RULE}`,
      /^x\.yaml:\d+:\d+: model\.(tcb\.create|stream\.mode): .*cannot be combined with/,
    ],
    [
      'a rule that the model cannot carry out',
      `model: { position: on-path }\n${RULE.replace('reset', 'drop')}`,
      /^x\.yaml:5:19: rules\[0\]\.action\.do: "drop" cannot be combined with the model, which is on-path/,
    ],
    [
      'two rules of one name',
      RULE + RULE.slice(7),
      /^x\.yaml:5:11: rules\[1\]\.name: there is a rule "blocked"/,
    ],
    ['no YAML', 'rules: [', /^x\.yaml:1:\d+: not YAML/],
  ])('%s', (_, text, wrong) => {
    expect(() => parseCensor(text, 'x.yaml')).toThrow(wrong);
  });
});
