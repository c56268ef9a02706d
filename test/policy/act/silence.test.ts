import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/policy/act/action.ts';
import { addressRule, censor, nameRule } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { dnsQuery } from '../../support/dns.ts';
import { clientHello, httpRequest } from '../../support/packets.ts';
import { Session } from '../../support/session.ts';
import { fateOf } from '../../support/verdicts.ts';

const BLOCKED = httpRequest({ host: 'blocked.test' });
const ALLOWED = httpRequest({ host: 'allowed.test' });
const DROP: Action = { do: 'drop' };

describe('drop', () => {
  test('drops the trigger, what follows it with payload, and nothing else', () => {
    const session = blocked(DROP);
    const fates = {
      'the same again': session.send('client', BLOCKED, { offset: 0 }),
      'what follows': session.send('client', 'more'),
      ACK: session.send('client', '', { flags: 'A' }),
      FIN: session.send('client', '', { flags: 'FA' }),
      'the other way': session.send('server', 'data'),
    };
    expect(mapValues(fates, fateOf)).toEqual({
      'the same again': 'drop',
      'what follows': 'drop',
      ACK: 'accept',
      FIN: 'accept',
      'the other way': 'accept',
    });
  });

  test('drops a SYN, each time it is sent again, and lets other addresses be', () => {
    const engine = censor([addressRule('198.18.0.80', DROP)]);
    const session = new Session(engine);
    const fates = [0, 1000, 3000, 7000].map((now) =>
      fateOf(session.send('client', '', { flags: 'S', now })),
    );
    expect(fates).toEqual(['drop', 'drop', 'drop', 'drop']);
    const other = new Session(engine, { server: { address: '198.18.0.81' } });
    expect(other.send('client', '', { flags: 'S' }).kind).toBe('accept');
  });

  test('drops a DNS query alone: the next one of the same ports is judged for itself', () => {
    const session = new DatagramSession(censor([nameRule('dns.qname', 'blocked.test', DROP)]));
    const fates = ['blocked.test', 'allowed.test', 'blocked.test'].map((name) =>
      fateOf(session.send('client', dnsQuery(name))),
    );
    expect(fates).toEqual(['drop', 'accept', 'drop']);
  });

  test('is not for a box that only sees copies', () => {
    const session = blocked(DROP, { position: 'on-path' });
    expect(fateOf(session.send('client', 'more'))).toBe('accept');
  });
});

describe('blackhole', () => {
  test.each([
    { way: 'both', trigger: 'drop', want: ['drop', 'drop', 'drop', 'drop'] },
    { way: 'both', trigger: 'pass', want: ['accept', 'drop', 'drop', 'drop'] },
    { way: 'to-server', trigger: 'drop', want: ['drop', 'drop', 'drop', 'accept'] },
    { way: 'to-client', trigger: 'pass', want: ['accept', 'accept', 'accept', 'drop'] },
  ] as const)(
    'way $way, trigger $trigger: request, more, ACK, answer are $want',
    ({ way, trigger, want }) => {
      const action: Action = { do: 'blackhole', way, trigger, duration: 0 };
      const session = new Session(censor([nameRule('http.host', 'blocked.test', action)]));
      session.handshake();
      const fates = [
        session.send('client', BLOCKED),
        session.send('client', 'more'),
        session.send('client', '', { flags: 'A' }),
        session.send('server', 'answer'),
      ].map(fateOf);
      expect(fates).toEqual(want);
    },
  );

  test('ends when its time is over', () => {
    const action: Action = { do: 'blackhole', way: 'both', trigger: 'drop', duration: 60_000 };
    const session = new Session(censor([nameRule('http.host', 'blocked.test', action)]));
    session.handshake();
    session.send('client', BLOCKED, { now: 1000 });
    const fates = [60_999, 61_000].map((now) => fateOf(session.send('client', 'more', { now })));
    expect(fates).toEqual(['drop', 'accept']);
  });

  test('goes by the client of the trigger, also where the server was seen to speak first', () => {
    const action: Action = { do: 'blackhole', way: 'to-server', trigger: 'drop', duration: 0 };
    const session = new Session(censor([nameRule('http.host', 'blocked.test', action)]));
    session.handshakeUnseen();
    session.send('server', 'hello');
    session.send('client', BLOCKED);
    expect(fateOf(session.send('client', '', { flags: 'A' }))).toBe('drop');
    expect(fateOf(session.send('server', 'answer'))).toBe('accept');
  });

  test('is not for a box that only sees copies', () => {
    const action: Action = { do: 'blackhole', way: 'both', trigger: 'drop', duration: 0 };
    const session = blocked(action, { position: 'on-path' });
    expect(fateOf(session.send('server', 'answer'))).toBe('accept');
  });
});

describe('pass', () => {
  const rules = [
    nameRule('http.host', 'good.blocked.test', { do: 'pass' }),
    nameRule('http.host', 'blocked.test', DROP),
    nameRule('tls.sni', 'blocked.test', DROP),
  ];

  test('is an exception, where its rule comes first', () => {
    const session = new Session(censor(rules)).handshake();
    const request = httpRequest({ host: 'good.blocked.test' });
    expect(fateOf(session.send('client', request))).toBe('accept');
  });

  test.each(['packet', 'in-order'] as const)(
    'frees all that follows in the flow, read by %s',
    (mode) => {
      const session = new Session(censor(rules, { stream: { mode } })).handshake();
      session.send('client', httpRequest({ host: 'good.blocked.test' }));
      expect(session.send('client', BLOCKED).kind).toBe('accept');
      expect(session.send('client', clientHello({ sni: 'blocked.test' })).kind).toBe('accept');
    },
  );

  test('frees one flow, not the next', () => {
    const engine = censor(rules);
    new Session(engine).handshake().send('client', httpRequest({ host: 'good.blocked.test' }));
    const next = new Session(engine, { client: { port: 40_001 } }).handshake();
    expect(fateOf(next.send('client', BLOCKED))).toBe('drop');
  });
});

describe('a SYN begins anew what was silenced', () => {
  test.each<Action>([
    DROP,
    { do: 'pass' },
    { do: 'blackhole', way: 'both', trigger: 'drop', duration: 0 },
  ])('by $do', (action) => {
    const engine = censor([nameRule('http.host', 'blocked.test', action)]);
    new Session(engine).handshake().send('client', BLOCKED);
    const again = new Session(engine, { client: { isn: 5 } }).handshake();
    expect(again.send('client', ALLOWED).kind).toBe('accept');
    expect(again.send('client', BLOCKED).kind).toBe('inject');
  });
});

function blocked(action: Action, change: Parameters<typeof censor>[1] = {}): Session {
  const session = new Session(censor([nameRule('http.host', 'blocked.test', action)], change));
  session.handshake();
  expect(session.send('client', BLOCKED)).toMatchObject({
    kind: 'inject',
    original: change.position === 'on-path' ? 'accept' : 'drop',
    packets: [],
    decision: { action: action.do },
  });
  return session;
}

function mapValues<T, U>(of: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value)]));
}
