import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/policy/act/action.ts';
import type { Residual } from '../../src/policy/residual.ts';
import { censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsQuery } from '../support/dns.ts';
import { clientHello } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { TcpEnd } from '../support/tcp-end.ts';
import { fateOf, interference } from '../support/verdicts.ts';

const HELLO = clientHello({ sni: 'blocked.test' });
const RESIDUAL: Residual = {
  scope: '2-tuple',
  duration: 90_000,
  refresh: false,
  does: 'drop',
  way: 'both',
  after: 0,
};
const BOTH_OBEY = [
  { to: 'client', isObeyed: true },
  { to: 'server', isObeyed: true },
];

describe('after a trigger, a residual that drops', () => {
  test.each([
    { scope: '4-tuple', samePort: 'accept', sameHosts: 'accept', other: 'accept' },
    { scope: '3-tuple', samePort: 'drop', sameHosts: 'accept', other: 'accept' },
    { scope: '2-tuple', samePort: 'drop', sameHosts: 'drop', other: 'accept' },
    { scope: 'source', samePort: 'drop', sameHosts: 'drop', other: 'drop' },
  ] as const)(
    'of scope $scope: new flows to the same port $samePort, the same host $sameHosts, another $other',
    ({ scope, samePort, sameHosts, other }) => {
      const engine = blocked({ scope });
      const syn = (server: { address?: string; port?: number }): string => {
        const session = new Session(engine, { client: { port: 50_000 }, server });
        return fateOf(session.send('client', '', { flags: 'S', now: 1 }));
      };
      expect([syn({}), syn({ port: 8080 }), syn({ address: '198.18.0.81' })]).toEqual([
        samePort,
        sameHosts,
        other,
      ]);
    },
  );

  test('drops a SYN of the same 4-tuple, which a sentence alone does not', () => {
    const fate = (residual: Residual | undefined): string => {
      const engine = censor([nameRule('tls.sni', 'blocked.test', RESET, { residual })]);
      new Session(engine).handshake().send('client', HELLO);
      return fateOf(new Session(engine).send('client', '', { flags: 'S', now: 1 }));
    };
    expect(fate({ ...RESIDUAL, scope: '4-tuple' })).toBe('drop');
    expect(fate(undefined)).toBe('accept');
  });

  test('is over when its time is', () => {
    const engine = blocked({ duration: 90_000 });
    const syn = (port: number, now: number): string =>
      fateOf(new Session(engine, { client: { port } }).send('client', '', { flags: 'S', now }));
    expect([syn(1, 89_999), syn(2, 90_000)]).toEqual(['drop', 'accept']);
  });

  test('that refreshes goes on as long as somebody tries', () => {
    const engine = blocked({ duration: 1000, refresh: true });
    const syn = (port: number, now: number): string =>
      fateOf(new Session(engine, { client: { port } }).send('client', '', { flags: 'S', now }));
    expect([syn(1, 900), syn(2, 1800), syn(3, 2700), syn(4, 3700)]).toEqual([
      'drop',
      'drop',
      'drop',
      'accept',
    ]);
  });

  test('reaches flows that were open before it', () => {
    const engine = censor([nameRule('tls.sni', 'blocked.test', RESET, { residual: RESIDUAL })]);
    const open = new Session(engine, { client: { port: 50_000 } }).handshake();
    new Session(engine).handshake().send('client', HELLO);
    expect(fateOf(open.send('client', 'data'))).toBe('drop');
    expect(fateOf(open.send('server', 'data'))).toBe('drop');
  });

  test.each([
    { way: 'to-server', want: ['drop', 'accept'] },
    { way: 'to-client', want: ['accept', 'drop'] },
  ] as const)('of the way $way drops no other packets', ({ way, want }) => {
    const engine = censor([
      nameRule('tls.sni', 'blocked.test', RESET, { residual: { ...RESIDUAL, way } }),
    ]);
    const open = new Session(engine, { client: { port: 50_000 } }).handshake();
    new Session(engine).handshake().send('client', HELLO);
    const fates = [open.send('client', 'data'), open.send('server', 'data')].map(fateOf);
    expect(fates).toEqual(want);
  });

  test('knows the packets of a flow that was forgotten, whichever end they come from', () => {
    for (const scope of ['4-tuple', '3-tuple', '2-tuple', 'source', 'destination'] as const) {
      const engine = blocked({ scope, duration: 1e9 }, { tcb: { idleTimeout: 1000 } });
      const stale = new Session(engine).handshakeUnseen();
      expect([scope, fateOf(stale.send('server', 'data', { now: 5000 }))]).toEqual([scope, 'drop']);
      expect([scope, fateOf(stale.send('client', 'data', { now: 5000 }))]).toEqual([scope, 'drop']);
    }
  });

  test('reaches datagrams of the trigger’s kind', () => {
    const rule = nameRule('dns.qname', 'blocked.test', { do: 'drop' }, { residual: RESIDUAL });
    const session = new DatagramSession(censor([rule]));
    session.send('client', dnsQuery('blocked.test'));
    expect(session.send('client', dnsQuery('allowed.test')).kind).toBe('drop');
    expect(session.send('server', dnsQuery('allowed.test')).kind).toBe('drop');
    expect(session.send('client', dnsQuery('allowed.test'), 90_000).kind).toBe('accept');
  });

  test('does nothing on path', () => {
    const engine = blocked({}, { position: 'on-path' });
    const next = new Session(engine, { client: { port: 50_000 } });
    expect(next.send('client', '', { flags: 'S' }).kind).toBe('accept');
  });
});

describe('a residual that resets', () => {
  const does = 'reset' as const;

  test('answers a SYN with a RST that its sender obeys', () => {
    const engine = blocked({ does });
    const next = new Session(engine, { client: { port: 50_000 } });
    const verdict = next.send('client', '', { flags: 'S' });
    expect(fateOf(verdict)).toBe('drop');
    const client = new TcpEnd(undefined, next.seq('client', 0));
    for (const { way, frame } of interference(verdict).packets) {
      if (way === 'back') client.take({ frame });
    }
    expect(client.state).toBe('reset');
  });

  test.each(['in-path', 'on-path'] as const)(
    'ends flows that were open before it, with RSTs that both ends obey, %s',
    (position) => {
      for (const from of ['client', 'server'] as const) {
        const rule = nameRule('tls.sni', 'blocked.test', RESET, {
          residual: { ...RESIDUAL, does },
        });
        const engine = censor([rule], { position });
        const open = new Session(engine, { client: { port: 50_000 } }).handshake();
        new Session(engine).handshake().send('client', HELLO);
        const verdict = open.send(from, 'data');
        expect(fateOf(verdict)).toBe(position === 'in-path' ? 'drop' : 'accept');
        expect(open.resets).toHaveLength(2);
        expect(open.resets).toEqual(expect.arrayContaining(BOTH_OBEY));
      }
    },
  );

  test('says so in a decision', () => {
    const next = new Session(blocked({ does }), { client: { port: 50_000 } });
    expect(next.send('client', '', { flags: 'S', now: 7 })).toMatchObject({
      decision: {
        at: 7,
        rule: 'tls.sni blocked.test',
        why: 'residual=2-tuple',
        flow: { client: '10.0.0.1:50000', server: '198.18.0.80:80', direction: 'to-server' },
      },
    });
  });

  test.each(['A', 'SA', 'FA'])('drops a bare segment %s of no known flow, in path', (flags) => {
    for (const from of ['client', 'server'] as const) {
      const ends = { client: { port: 50_000 } };
      const unknown = new Session(blocked({ does }), ends).handshakeUnseen();
      expect([from, fateOf(unknown.send(from, '', { flags }))]).toEqual([from, 'drop']);
      const copies = blocked({ does }, { position: 'on-path' });
      const seen = new Session(copies, ends).handshakeUnseen();
      expect(seen.send(from, '', { flags }).kind).toBe('accept');
    }
  });

  test('drops a SYN for which the box has no room', () => {
    const full = blocked({ does }, { tcb: { capacity: 1, eviction: 'newest' } });
    const next = new Session(full, { client: { port: 50_000 } });
    expect(fateOf(next.send('client', '', { flags: 'S' }))).toBe('drop');
    const other = new Session(full, { server: { address: '198.18.0.81' } });
    expect(fateOf(other.send('client', '', { flags: 'S' }))).toBe('accept');
  });

  test('does not answer a RST with a RST', () => {
    const next = new Session(blocked({ does }), { client: { port: 50_000 } });
    expect(next.send('client', '', { flags: 'R' }).kind).toBe('accept');
  });

  test('nor one of a flow that was open before it', () => {
    const rule = nameRule('tls.sni', 'blocked.test', RESET, { residual: { ...RESIDUAL, does } });
    const engine = censor([rule]);
    const open = new Session(engine, { client: { port: 50_000 } }).handshake();
    new Session(engine).handshake().send('client', HELLO);
    expect(open.send('client', '', { flags: 'R' }).kind).toBe('accept');
    expect(open.resets).toEqual([]);
  });

  test('drops where the action of its rule has no RSTs', () => {
    const engine = blocked({ does }, {}, { do: 'drop' });
    const next = new Session(engine, { client: { port: 50_000 } });
    expect(next.send('client', '', { flags: 'S' })).toEqual({ kind: 'drop' });
  });
});

function blocked(
  residual: Partial<Residual>,
  change: ModelChange = {},
  action: Action = RESET,
): ReturnType<typeof censor> {
  const engine = censor(
    [nameRule('tls.sni', 'blocked.test', action, { residual: { ...RESIDUAL, ...residual } })],
    change,
  );
  expect(new Session(engine).handshake().send('client', HELLO).kind).toBe('inject');
  return engine;
}
