import { expect, test } from 'vitest';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { Observation, type ObservationKind } from '../../src/policy/observation.ts';
import { type Rule, RuleBook } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { ascii, placed } from '../support/packets.ts';

const ALWAYS = { luck: () => 0, calendar: 0 };
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
  const seen = new Observation().of(kind, bytes, at, end);
  expect(new RuleBook(RULES).find(seen, 80, ALWAYS)?.name).toBe(want);
});

test('no rules, no rule', () => {
  const seen = new Observation().of('http.host', ascii('a.example'), 0, 9);
  expect(new RuleBook([]).find(seen, 80, ALWAYS)).toBeUndefined();
});

function rule(name: string, observes: ObservationKind, wanted: string): Rule {
  const trigger: Matcher = {
    observes,
    matches: ({ bytes, at, end }) => Buffer.from(bytes.slice(at, end)).toString() === wanted,
  };
  return { name, trigger, action: RESET };
}
