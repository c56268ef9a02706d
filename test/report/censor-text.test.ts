import { expect, test } from 'vitest';
import { formatModel, formatResolver, formatRule } from '../../src/report/censor-text.ts';
import { ModelSchema } from '../../src/scenario/model-schema.ts';
import { ResolverSchema } from '../../src/scenario/resolver-schema.ts';
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

test('a resolver is shown as its lies and its zones', () => {
  const during = { from: '2022-09-13T12:00:00Z', to: '2022-09-16T00:00:00Z' };
  const times = { refresh_s: 2, retry_s: 3, expire_s: 4, minimum_s: 5 };
  const soa = { mname: 'b.tv', rname: 'c.tv', serial: 1, ...times };
  const resolver = ResolverSchema.parse({
    lies: [
      { names: ['a.tv'], except: ['x.a.tv'], answer: 'nxdomain', during },
      { names: ['b.tv'], exact: true, answer: 'forged', addresses: ['192.0.2.1'] },
    ],
    zones: [{ name: 'd.tv', ttl_s: 9, soa, records: [{ type: 'A', data: '192.0.2.2' }] }],
  });
  expect(formatResolver('isp', resolver)).toEqual([
    'isp: names a.tv, except x.a.tv, during.from 2022-09-13T12:00:00Z, during.to 2022-09-16T00:00:00Z',
    '  → nxdomain',
    'isp: names b.tv, exact true',
    '  → forged, addresses 192.0.2.1, ttl_s 60',
    'isp: zone d.tv, transfer refused, ttl_s 9',
    '  d.tv SOA b.tv c.tv 1 2 3 4 5',
    '  d.tv A 192.0.2.2',
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

test('what TLS names by a code is shown in hexadecimal', () => {
  const trigger =
    '{ match: tls.server-flight, version: [0x0304], cipher: [0x1302], extensions: [43, 51], session_id_length: [32] }';
  const { rules } = readScenario({ trigger });
  expect(rules.flatMap(formatRule)[0]).toBe(
    'r: tls.server-flight, version 0x0304, cipher 0x1302, extensions 0x002b 0x0033, session_id_length 32',
  );
});
