import { expect, test } from 'vitest';
import { formatModel, formatRule } from '../../src/report/censor-text.ts';
import { ModelSchema } from '../../src/scenario/model-schema.ts';
import { readScenario } from '../support/scenarios.ts';

test.each([
  { profile: {}, want: 'plain' },
  { profile: { preset: 'strict' }, want: 'strict' },
  {
    profile: {
      preset: 'naive-stream',
      ports: [80, 443],
      tcb: { teardown: { on: [] }, idle_timeout_ms: 5000 },
      http: { methods: ['GET'] },
    },
    want: 'naive-stream, but ports 80 443, tcb.teardown.on none, tcb.idle_timeout_ms 5000, http.methods GET',
  },
])('a profile is shown as its preset and what differs: $want', ({ profile, want }) => {
  expect(formatModel(ModelSchema.parse(profile))).toBe(want);
});

test('a rule is shown in the words of its file, each part on a line', () => {
  const { rules } = readScenario({
    trigger: '{ match: payload, keywords: ["a b", c], hex: ["16 03"], case_sensitive: true }',
    action: '{ do: reset, ttl: [60, 64], rest: pass }',
    more: 'probability: 0.5; ports: [80]; residual: { scope: 2-tuple, duration_ms: 90000 }',
  });
  expect(rules.flatMap(formatRule)).toEqual([
    'r: payload, keywords "a b" c, hex "16 03", whole_token false, case_sensitive true',
    '  only ports 80, probability 0.5',
    '  → reset, to both, count 1, flags R, ttl 60 64, ip_id 0, window 0, seq exact, delay_ms 0, dont_fragment false, trigger drop, rest pass',
    '  afterwards scope 2-tuple, duration_ms 90000, refresh false, do drop, way both, after_ms 0',
  ]);
});

test('long lists and long texts are shown in part', () => {
  const names = Array.from({ length: 14 }, (_, i) => `a${i}.tv`);
  const { rules } = readScenario({
    trigger: `{ match: payload, keywords: [${names.join(', ')}], patterns: ["${'x'.repeat(90)}"] }`,
    action: '{ do: pass }',
  });
  expect(rules.flatMap(formatRule)).toEqual([
    `r: payload, keywords ${names.slice(0, 12).join(' ')} and 2 more, patterns ${'x'.repeat(80)}…, whole_token false, case_sensitive false`,
    '  → pass',
  ]);
});
