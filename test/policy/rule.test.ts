import { expect, test } from 'vitest';
import type { Matcher, ObservationKind } from '../../src/policy/match/matcher.ts';
import { findRule, type Rule } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { ascii, placed } from '../support/packets.ts';

const RULES = [
  rule('sni a', 'tls.sni', 'a.example'),
  rule('host a', 'http.host', 'a.example'),
  rule('host a again', 'http.host', 'a.example'),
  rule('host b', 'http.host', 'b.example'),
];

test.each<{ kind: ObservationKind; name: string; want: string | undefined }>([
  { kind: 'http.host', name: 'a.example', want: 'host a' },
  { kind: 'tls.sni', name: 'a.example', want: 'sni a' },
  { kind: 'http.host', name: 'b.example', want: 'host b' },
  { kind: 'tls.sni', name: 'b.example', want: undefined },
])('$kind $name sets off $want, the first that fits', ({ kind, name, want }) => {
  const { bytes, at, end } = placed(ascii(name));
  expect(findRule(RULES, kind, bytes, at, end)?.name).toBe(want);
});

test('no rules, no rule', () => {
  expect(findRule([], 'http.host', ascii('a.example'), 0, 9)).toBeUndefined();
});

function rule(name: string, observes: ObservationKind, wanted: string): Rule {
  const trigger: Matcher = {
    observes,
    matches: (bytes, at, end) => Buffer.from(bytes.slice(at, end)).toString() === wanted,
  };
  return { name, trigger, action: RESET };
}
