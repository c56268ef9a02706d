import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { Action } from '../../src/policy/act/action.ts';
import { address } from '../../src/policy/match/address.ts';
import { clientHello } from '../../src/policy/match/client-hello.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { type NameKind, names } from '../../src/policy/match/names.ts';
import { packet } from '../../src/policy/match/packet.ts';
import { protocol } from '../../src/policy/match/protocol.ts';
import { serverFlight } from '../../src/policy/match/server-flight.ts';
import { volume } from '../../src/policy/match/volume.ts';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import { contradictsItself } from '../../src/scenario/cross-check-clashes.ts';
import { anyTraffic, verdictsOn } from '../support/any-traffic.ts';
import { RESET } from '../support/censors.ts';
import { Conversation } from '../support/conversation.ts';
import { anyModel } from '../support/models.ts';
import { Session } from '../support/session.ts';

/** A trigger of each kind: one that the traffic sets off, and one about what does not occur. */
function triggersOf(model: Model): readonly { readonly live: Matcher; readonly dead: Matcher }[] {
  const { normalise } = model.host;
  const ofNames = (kind: NameKind) => {
    const about = (name: string) => names(kind, { names: [name], how: 'suffix', normalise });
    return { live: about('blocked.test'), dead: about('nothing.invalid') };
  };
  const ofWords = (kind: 'http.url' | 'payload') => {
    const about = (word: string) => keywords(kind, { keywords: [word], patterns: [] });
    return { live: about('secret'), dead: about('nothing.invalid') };
  };
  const server = (entry: string) => address({ addresses: [entry], of: 'server' });
  return [
    ...(['http.host', 'tls.sni', 'quic.sni', 'dns.qname'] as const).map(ofNames),
    ofWords('http.url'),
    ofWords('payload'),
    { live: server('198.18.0.80:443'), dead: server('192.0.2.1') },
    { live: clientHello({ sni: 'present' }), dead: clientHello({ ciphers: [0x0a0a] }) },
    { live: serverFlight({ version: [0x0301] }), dead: serverFlight({ cipher: [0x0a0a] }) },
    { live: protocol({ is: ['ssh', 'dns'] }), dead: protocol({ is: [] }) },
    {
      live: { observes: 'first-payload', matches: ({ bytes, at }) => bytes[at] === 0x81 },
      dead: { observes: 'first-payload', matches: () => false },
    },
    { live: packet({ minLength: 1300 }), dead: packet({ minLength: 60_000 }) },
    { live: volume({ bytesOver: 900, of: 'both' }), dead: volume({ bytesOver: 1e9, of: 'both' }) },
  ];
}

const KINDS = triggersOf(PRESETS.plain).length;
const DELAY: Action = { do: 'delay', way: 'both', by: 5 };

interface Pair {
  readonly model: Model;
  readonly live: number;
  readonly dead: number;
  readonly about: Partial<Rule>;
  readonly more: Partial<Rule>;
  readonly isFirst: boolean;
}

const anyLimits: fc.Arbitrary<Partial<Rule>> = fc.constantFrom<Partial<Rule>>(
  {},
  {},
  { direction: 'to-server' },
  { direction: 'to-client' },
  { ports: [443] },
  { probability: 0.5 },
  { during: { from: 0, to: 1 } },
);

/** Without the rule about nothing, and with it. */
function both({ model, live, dead, about, more, isFirst }: Pair): readonly [Engine, Engine] {
  const small = { ...model, tcb: { ...model.tcb, capacity: 64 } };
  const triggers = triggersOf(small);
  const rule: Rule = {
    ...{ name: 'live', trigger: triggers[live]?.live as Matcher, action: RESET },
    ...about,
  };
  const idle: Rule = {
    ...{ name: 'dead', trigger: triggers[dead]?.dead as Matcher, action: RESET },
    ...more,
  };
  const rules = isFirst ? [idle, rule] : [rule, idle];
  return [
    new Engine({ policy: { model: small, rules: [rule] } }),
    new Engine({ policy: { model: small, rules } }),
  ];
}

describe('a rule about what does not occur changes no decision', () => {
  const anyPair = (model: fc.Arbitrary<Model>): fc.Arbitrary<Pair> =>
    fc.record({
      model,
      live: fc.nat(KINDS - 1),
      dead: fc.nat(KINDS - 1),
      about: fc
        .tuple(anyLimits, fc.constantFrom<Action>(RESET, RESET, DELAY, { do: 'drop' }))
        .map(([limits, action]) => ({ ...limits, action })),
      more: anyLimits,
      isFirst: fc.boolean(),
    });

  test.each(Object.keys(PRESETS) as (keyof typeof PRESETS)[])('of %s', (preset) => {
    fc.assert(
      fc.property(anyPair(fc.constant(PRESETS[preset])), anyTraffic, (pair, traffic) => {
        const [alone, beside] = both(pair);
        expect(verdictsOn(beside, traffic)).toEqual(verdictsOn(alone, traffic));
      }),
      { numRuns: RUNS },
    );
  });

  test('of a box with any knobs', () => {
    fc.assert(
      fc.property(
        anyPair(anyModel.filter((model) => !contradictsItself(model))),
        anyTraffic,
        (pair, traffic) => {
          const [alone, beside] = both(pair);
          expect(verdictsOn(beside, traffic)).toEqual(verdictsOn(alone, traffic));
        },
      ),
      { numRuns: RUNS },
    );
  });

  test.each(Object.entries(PRESETS))('for every pair of triggers, of %s', (_name, model) => {
    const samples = fc.sample(anyTraffic, { seed: 15, numRuns: 2 }).flat();
    for (let live = 0; live < KINDS; live++) {
      const pairOf = (dead: number): Pair => {
        return { model, live, dead, about: {}, more: {}, isFirst: dead % 2 === 0 };
      };
      const [alone] = both(pairOf(0));
      const want = verdictsOn(alone, samples);
      for (let dead = 0; dead < KINDS; dead++) {
        const [, beside] = both(pairOf(dead));
        expect([live, dead, verdictsOn(beside, samples)]).toEqual([live, dead, want]);
      }
    }
  });

  test('and the traffic sets off a rule of every kind', () => {
    const samples = fc.sample(anyTraffic, { seed: 15, numRuns: 60 }).flat();
    for (let live = 0; live < KINDS; live++) {
      const [engine] = both({
        model: PRESETS.strict,
        live,
        dead: 0,
        about: {},
        more: {},
        isFirst: false,
      });
      verdictsOn(engine, samples);
      expect([live, engine.counters.decisions]).not.toEqual([live, 0]);
    }
  });
});

test.each(['naive-stream', 'strict'] as const)(
  'a limit of segments counts those of a message, and none of a body before it (%s)',
  (preset) => {
    const { stream, ...rest } = PRESETS[preset];
    const limit = { ...stream.limit, packets: 4 };
    const model: Model = { ...rest, stream: { ...stream, limit } };
    const head = 'PUT / HTTP/1.1\r\nHost: allowed.test\r\nContent-Length: 200\r\n\r\n';
    const fates = [false, true].map((isBeside) => {
      const pair = { model, live: 0, dead: 5, about: {}, more: {}, isFirst: false };
      const engine = both(pair)[isBeside ? 1 : 0];
      const session = new Session(engine).handshake();
      session.send('client', head);
      for (let i = 0; i < 9; i++) session.send('client', 'b'.repeat(20));
      session.send('client', `${'b'.repeat(20)}GET / HTTP/1.1\r\nHost: www.blo`);
      return session.send('client', 'cked.test\r\n\r\n').kind;
    });
    expect(fates).toEqual(['inject', 'inject']);
  },
);

describe('a packet’s length is asked for as long as the box looks at segments', () => {
  const { stream, http, tcb } = PRESETS.plain;
  test.each([
    {
      name: 'the first payload alone',
      model: PRESETS['first-payload'],
      first: 'hello',
    },
    {
      name: 'all, until a request was read',
      model: {
        ...PRESETS.plain,
        tcb: { ...tcb, create: 'any' },
        stream: { ...stream, mode: 'packet' },
        http: { ...http, everyRequest: false },
      } satisfies Model,
      first: 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n',
    },
  ])('$name', ({ model, first }) => {
    const rule = (minLength: number): Rule => {
      return { name: 'long', trigger: packet({ minLength }), action: { do: 'drop' } };
    };
    const decisions = (minLength: number): number => {
      const engine = new Engine({ policy: { model, rules: [rule(minLength)] } });
      const { frames } = new Conversation({ serverPort: 80 })
        .handshake()
        .client(first)
        .client('x'.repeat(1400), { size: 1400 });
      for (const frame of frames) engine.decide(frame, 0, frame.length, 0);
      return engine.counters.decisions;
    };
    expect(decisions(1300)).toBe(0);
    expect(decisions(5)).toBe(1);
  });
});

const RUNS = 50;
