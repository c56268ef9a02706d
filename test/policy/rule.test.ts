import { describe, expect, test } from 'vitest';
import { Flow } from '../../src/flow/flow.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { Observation, type ObservationKind } from '../../src/policy/observation.ts';
import { type Chance, type Rule, RuleBook } from '../../src/policy/rule.ts';
import { RESET } from '../support/censors.ts';
import { ascii, placed } from '../support/packets.ts';

const ALWAYS = { luck: () => 0, calendar: 0 };
const PAYLOAD_RULE: Rule = {
  name: 'any payload',
  trigger: { observes: 'payload', matches: () => true },
  action: RESET,
};
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

describe('a rule is about', () => {
  test.each([
    { name: 'either way, if it says nothing', rule: {}, want: [true, true] },
    { name: 'one way', rule: { direction: 'to-client' as const }, want: [false, true] },
  ])('packets that go $name', ({ rule, want }) => {
    const book = new RuleBook([{ ...PAYLOAD_RULE, ...rule }]);
    const ways = ['to-server', 'to-client'] as const;
    expect(ways.map((way) => book.asksAboutWay('payload', way))).toEqual(want);
    const found = ways.map((way) => {
      const seen = new Observation().of('payload', ascii('x'), 0, 1);
      seen.direction = way;
      return book.find(seen, 80, ALWAYS) !== undefined;
    });
    expect(found).toEqual(want);
  });

  test('DNS queries, and answers only if it says so', () => {
    const ask = (direction: 'to-client' | undefined, way: 'to-server' | 'to-client'): boolean =>
      new RuleBook([{ ...rule('dns', 'dns.qname', 'x'), direction }]).asksAboutWay(
        'dns.qname',
        way,
      );
    expect([ask(undefined, 'to-server'), ask(undefined, 'to-client')]).toEqual([true, false]);
    expect([ask('to-client', 'to-server'), ask('to-client', 'to-client')]).toEqual([false, true]);
  });

  test.each([
    { ports: undefined, want: [true, true, true] },
    { ports: 'any' as const, want: [true, true, true] },
    { ports: [80, 443], want: [true, true, false] },
    { ports: [], want: [false, false, false] },
  ])('server ports $ports', ({ ports, want }) => {
    const book = new RuleBook([{ ...PAYLOAD_RULE, ports }]);
    const found = [80, 443, 8080].map((port) => isFound(book, port, ALWAYS));
    expect(found).toEqual(want);
  });

  test('a period, of which the end is no longer part', () => {
    const book = new RuleBook([{ ...PAYLOAD_RULE, during: { from: 100, to: 200 } }]);
    const found = [99, 100, 199, 200].map((calendar) =>
      isFound(book, 80, { luck: () => 0, calendar }),
    );
    expect(found).toEqual([false, true, true, false]);
  });

  test('its share of flows', () => {
    const book = new RuleBook([{ ...PAYLOAD_RULE, probability: 0.25 }]);
    const found = [0, 0.249, 0.25, 0.999].map((luck) =>
      isFound(book, 80, { luck: () => luck, calendar: 0 }),
    );
    expect(found).toEqual([true, true, false, false]);
  });
});

test('a rule that is not set off leaves it to the next one, and no trace in what was seen', () => {
  const narrowIf = (holds: boolean): Matcher => ({
    observes: 'payload',
    matches: (seen) => {
      seen.mark(3, 4, 'narrow');
      return holds;
    },
  });
  for (const other of [
    { ...PAYLOAD_RULE, name: 'unlucky', trigger: narrowIf(true), probability: 0 },
    { ...PAYLOAD_RULE, name: 'almost', trigger: narrowIf(false) },
  ]) {
    const seen = new Observation().of('payload', ascii('whole'), 0, 5);
    const found = new RuleBook([other, PAYLOAD_RULE]).find(seen, 80, ALWAYS);
    expect(found?.name).toBe('any payload');
    expect([seen.matchedText, seen.matchedAt, seen.matchedEnd]).toEqual(['whole', 0, 5]);
  }
});

describe('a rule with a memory', () => {
  const remembers = (name: string): Rule & { readonly told: string[] } => {
    const told: string[] = [];
    const trigger: Matcher = {
      observes: 'payload',
      matches: () => {
        told.push('asked');
        return false;
      },
      remember: () => told.push('remembered'),
    };
    return { ...PAYLOAD_RULE, name, trigger, told };
  };
  const seen = new Observation().of('payload', ascii('x'), 0, 1);

  test('is asked before another is set off, and told what is seen behind it', () => {
    const [first, last] = [remembers('first'), remembers('last')];
    const book = new RuleBook([first, PAYLOAD_RULE, last]);
    expect(book.find(seen, 80, ALWAYS)).toBe(PAYLOAD_RULE);
    expect([first.told, last.told]).toEqual([['asked'], ['remembered']]);
    expect(book.find(seen, 80, ALWAYS, PAYLOAD_RULE)).toBeUndefined();
    expect([first.told.at(-1), last.told.length]).toEqual(['asked', 2]);
  });

  test('is told what is old, which sets nothing off', () => {
    const rule = remembers('only');
    const old = new Observation().of('payload', ascii('x'), 0, 1);
    old.isOld = true;
    expect(new RuleBook([PAYLOAD_RULE, rule]).find(old, 80, ALWAYS)).toBeUndefined();
    expect(rule.told).toEqual(['remembered']);
  });
});

test('a rule that a message has set off is not set off by it again', () => {
  const seen = new Observation().of('payload', ascii('x'), 0, 1);
  const other = { ...PAYLOAD_RULE, name: 'other' };
  seen.setOff = [PAYLOAD_RULE];
  expect(new RuleBook([PAYLOAD_RULE, other]).find(seen, 80, ALWAYS)).toBe(other);
});

test('a rule that has done what it does to a flow is not set off again', () => {
  const seen = new Observation().of('payload', ascii('x'), 0, 1);
  seen.flow = new Flow(0);
  const book = new RuleBook([PAYLOAD_RULE]);
  expect(book.find(seen, 80, ALWAYS)).toBe(PAYLOAD_RULE);
  seen.flow.noteDone(PAYLOAD_RULE);
  expect(book.find(seen, 80, ALWAYS)).toBeUndefined();
});

function isFound(book: RuleBook, port: number, chance: Chance): boolean {
  return book.find(new Observation().of('payload', ascii('x'), 0, 1), port, chance) !== undefined;
}

function rule(name: string, observes: ObservationKind, wanted: string): Rule {
  const trigger: Matcher = {
    observes,
    matches: ({ bytes, at, end }) => Buffer.from(bytes.slice(at, end)).toString() === wanted,
  };
  return { name, trigger, action: RESET };
}
