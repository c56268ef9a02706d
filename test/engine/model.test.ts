import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { Action } from '../../src/policy/act/action.ts';
import { address } from '../../src/policy/match/address.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import { serverFlight } from '../../src/policy/match/server-flight.ts';
import type { Defrag } from '../../src/policy/model.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { addressRule, censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsQuery } from '../support/dns.ts';
import { fragments, withExtensions } from '../support/ip-headers.ts';
import { ascii, clientHello, httpRequest, type Segment, tcpFrame } from '../support/packets.ts';
import { records } from '../support/server-flights.ts';
import { Session } from '../support/session.ts';
import { serverHelloMessage } from '../support/tls.ts';
import { fateOf, interference } from '../support/verdicts.ts';

const REQUEST = httpRequest({ host: 'blocked.test' });
const ALLOWED = httpRequest({ host: 'allowed.test' });
const BLOCK = nameRule('http.host', 'blocked.test', RESET);
const FLOW = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
const SEGMENT: Segment = { ...FLOW, seq: 1, ack: 1, flags: 'PA', payload: REQUEST };
const SEGMENT6: Segment = { ...SEGMENT, src: '2001:db8::1', dst: '2001:db8:1::80' };

describe('model.ports', () => {
  test.each([
    { ports: 'any' as const, want: ['drop', 'drop', 'drop'] },
    { ports: [80, 443], want: ['drop', 'drop', 'accept'] },
    { ports: [], want: ['accept', 'accept', 'accept'] },
  ])('$ports: on 80, 443, 8080 $want', ({ ports, want }) => {
    const engine = censor([BLOCK], { ports });
    const fates = [80, 443, 8080].map((port) =>
      fateOf(new Session(engine, { server: { port } }).handshake().send('client', REQUEST)),
    );
    expect(fates).toEqual(want);
  });

  test('are those of the server, whichever way a packet goes', () => {
    const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
    const engine = censor([{ name: 'raw', trigger, action: RESET }], { ports: [80] });
    const session = new Session(engine, { client: { port: 9 } }).handshake();
    expect(session.send('server', 'a secret').kind).toBe('inject');
    const other = new Session(engine, { client: { port: 80 }, server: { port: 9 } }).handshake();
    expect(other.send('server', 'a secret').kind).toBe('accept');
  });
});

describe('model.direction', () => {
  const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
  test.each([
    { direction: 'both', want: ['inject', 'inject'] },
    { direction: 'to-server', want: ['inject', 'accept'] },
    { direction: 'to-client', want: ['accept', 'inject'] },
  ] as const)('$direction: said by client and server $want', ({ direction, want }) => {
    const engine = censor([{ name: 'raw', trigger, action: RESET }], { direction });
    const kinds = (['client', 'server'] as const).map((side, i) => {
      const session = new Session(engine, { client: { port: 1 + i } }).handshake();
      return session.send(side, 'a secret').kind;
    });
    expect(kinds).toEqual(want);
    const udp = (['client', 'server'] as const).map((side) => {
      const session = new DatagramSession(engine, { srcPort: side === 'client' ? 1 : 2 });
      if (side === 'server') session.send('client', ascii('first'));
      return session.send(side, ascii('a secret')).kind;
    });
    expect(udp).toEqual(want);
  });
});

describe('model.failMode, of a box that keeps the flows it has,', () => {
  const full = (failMode: 'open' | 'closed', change: ModelChange = {}): Engine => {
    const tcb = { capacity: 2, eviction: 'newest', idleTimeout: 1000 } as const;
    const engine = censor([BLOCK], { failMode, tcb, ...change });
    for (const port of [1, 2]) new Session(engine, { client: { port } }).handshake();
    return engine;
  };
  const third = { client: { port: 3 } };

  test('open lets others through unread', () => {
    const engine = full('open');
    const session = new Session(engine, third).handshake();
    expect(fateOf(session.send('client', REQUEST))).toBe('accept');
    expect(engine.ignored).toBe('not-followed');
    expect(fateOf(new DatagramSession(engine).send('client', dnsQuery('a.example')))).toBe(
      'accept',
    );
  });

  test('closed lets none of them begin', () => {
    const engine = full('closed');
    expect(fateOf(new Session(engine, third).send('client', '', { flags: 'S' }))).toBe('drop');
    expect(fateOf(new Session(engine, third).handshakeUnseen().send('client', 'x'))).toBe('drop');
    expect(fateOf(new DatagramSession(engine).send('client', dnsQuery('a.example')))).toBe('drop');
  });

  test.each(['open', 'closed'] as const)('%s reads on in the flows it has', (failMode) => {
    const engine = full(failMode);
    new Session(engine, third).send('client', '', { flags: 'S' });
    const session = new Session(engine, { client: { port: 1 } });
    session.handshake();
    expect(fateOf(session.send('client', ALLOWED))).toBe('accept');
    expect(fateOf(session.send('client', REQUEST))).toBe('drop');
  });

  test('closed has room again when a flow has been idle too long', () => {
    const session = new Session(full('closed'), third);
    expect(fateOf(session.send('client', '', { flags: 'S', now: 1000 }))).toBe('drop');
    expect(fateOf(session.send('client', '', { flags: 'S', now: 1001 }))).toBe('accept');
  });

  test('closed cannot hold anything back on path', () => {
    const engine = full('closed', { position: 'on-path' });
    expect(fateOf(new Session(engine, third).send('client', '', { flags: 'S' }))).toBe('accept');
  });
});

describe.each([SEGMENT, SEGMENT6])('ip.defrag, of a request from $src in fragments,', (segment) => {
  const cut = 40; // within the method line
  const [first, second] = fragments(segment, cut) as [Uint8Array, Uint8Array];

  test.each<{ defrag: Defrag; inOrder: string[]; reversed: string[] }>([
    { defrag: 'none', inOrder: ['accept', 'accept'], reversed: ['accept', 'accept'] },
    { defrag: 'first', inOrder: ['accept', 'drop'], reversed: ['accept', 'drop'] },
    { defrag: 'last', inOrder: ['accept', 'drop'], reversed: ['accept', 'drop'] },
    { defrag: 'linux', inOrder: ['accept', 'drop'], reversed: ['accept', 'drop'] },
    { defrag: 'drop-fragments', inOrder: ['drop', 'drop'], reversed: ['drop', 'drop'] },
  ])('$defrag: $inOrder, and the other way round $reversed', ({ defrag, inOrder, reversed }) => {
    const fates = (...frames: readonly Uint8Array[]): string[] => {
      const engine = censor([BLOCK], { ip: { defrag } });
      return frames.map((frame) => fateOf(decide(engine, frame)));
    };
    expect(fates(first, second)).toEqual(inOrder);
    expect(fates(second, first)).toEqual(reversed);
  });

  test('a name in the first of them is seen without', () => {
    const whole = fragments(segment, 56);
    expect(fateOf(decide(censor([BLOCK]), whole[0] as Uint8Array))).toBe('drop');
  });

  test('the RSTs that follow are those for a request that did not arrive', () => {
    const engine = censor([BLOCK], { ip: { defrag: 'linux' } });
    decide(engine, first);
    const { packets } = interference(decide(engine, second));
    expect(packets.map(({ what }) => what)).toMatchObject([{ seq: 1 }, { seq: 1 }]);
  });

  test('on path all of them pass, whatever is put together', () => {
    for (const defrag of ['linux', 'drop-fragments'] as const) {
      const engine = censor([BLOCK], { ip: { defrag }, position: 'on-path' });
      expect([first, second].map((frame) => fateOf(decide(engine, frame)))).toEqual([
        'accept',
        'accept',
      ]);
    }
  });
});

describe('ip.defrag, where fragments overlap,', () => {
  const evil = { ...SEGMENT, payload: REQUEST };
  const good = { ...SEGMENT, payload: httpRequest({ host: 'harmles.test' }) };
  const cut = 40;
  const [evilStart, evilEnd] = fragments(evil, cut) as [Uint8Array, Uint8Array];
  const [, goodEnd] = fragments(good, cut) as [Uint8Array, Uint8Array];

  test.each<{ defrag: Defrag; order: readonly Uint8Array[]; name: string; want: string }>([
    { defrag: 'first', name: 'name first', order: [evilEnd, goodEnd, evilStart], want: 'drop' },
    { defrag: 'first', name: 'name last', order: [goodEnd, evilEnd, evilStart], want: 'accept' },
    { defrag: 'last', name: 'name first', order: [evilEnd, goodEnd, evilStart], want: 'accept' },
    { defrag: 'last', name: 'name last', order: [goodEnd, evilEnd, evilStart], want: 'drop' },
  ])('$defrag, $name: $want', ({ defrag, order, want }) => {
    const engine = censor([BLOCK], { ip: { defrag } });
    const fates = order.map((frame) => fateOf(decide(engine, frame)));
    expect(fates.at(-1)).toBe(want);
  });
});

describe('ip6.extHeaders', () => {
  const PADDING = Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0);
  const hopByHop = withExtensions(SEGMENT6, [0, PADDING]);
  const twice = withExtensions(SEGMENT6, [0, PADDING], [0, PADDING]);
  const several = withExtensions(SEGMENT6, [0, PADDING], [60, PADDING], [43, PADDING]);
  const frames = { none: tcpFrame(SEGMENT6), hopByHop, twice, several };

  test.each<{ extHeaders: 'stop' | 'walk' | 'strict' | 'drop'; want: Record<string, string> }>([
    {
      extHeaders: 'stop',
      want: { none: 'drop', hopByHop: 'accept', twice: 'accept', several: 'accept' },
    },
    {
      extHeaders: 'walk',
      want: { none: 'drop', hopByHop: 'drop', twice: 'drop', several: 'drop' },
    },
    {
      extHeaders: 'strict',
      want: { none: 'drop', hopByHop: 'drop', twice: 'accept', several: 'drop' },
    },
  ])('$extHeaders: a request is $want', ({ extHeaders, want }) => {
    const fates = Object.entries(frames).map(([name, frame]) => [
      name,
      fateOf(decide(censor([BLOCK], { ip6: { extHeaders } }), frame)),
    ]);
    expect(Object.fromEntries(fates)).toEqual(want);
  });

  test('drop: nothing with such a header arrives, whatever it says', () => {
    const allowed = { ...SEGMENT6, payload: ALLOWED };
    const fate = (frame: Uint8Array, change: ModelChange = {}): string =>
      fateOf(decide(censor([BLOCK], { ip6: { extHeaders: 'drop' }, ...change }), frame));
    expect(fate(withExtensions(allowed, [60, PADDING]))).toBe('drop');
    expect(fate(tcpFrame(allowed))).toBe('accept');
    expect(fate(withExtensions(allowed, [60, PADDING]), { position: 'on-path' })).toBe('accept');
  });

  test('the RSTs have no such headers, and the numbers of the request', () => {
    const { packets } = interference(
      decide(censor([BLOCK], { ip6: { extHeaders: 'walk' } }), several),
    );
    expect(packets.map(({ frame }) => [frame[20], frame.length])).toEqual([
      [6, 74],
      [6, 74],
    ]);
  });
});

describe('who is the client, where the start was not seen,', () => {
  const HELLO = clientHello({ sni: 'blocked.test' });
  const FLIGHT = records(serverHelloMessage({ cipher: 0x0039 }));
  const engineFor = (): Engine =>
    censor([
      nameRule('tls.sni', 'blocked.test', RESET),
      { name: 'flight', trigger: serverFlight({ cipher: [0x0039] }), action: RESET },
    ]);
  const ROLES = { client: '10.0.0.1:40000', server: '198.18.0.80:80' };

  test('whoever sends a ClientHello is', () => {
    for (const speaksFirst of ['client', 'server'] as const) {
      const session = new Session(engineFor()).handshakeUnseen();
      session.send(speaksFirst, 'something');
      const { decision } = interference(session.send('client', HELLO));
      expect(decision.flow).toMatchObject({ ...ROLES, direction: 'to-server' });
      expect(decision.injected).toMatchObject([{ to: 'client' }, { to: 'server' }]);
    }
  });

  test('whoever sends a ServerHello is not', () => {
    const session = new Session(engineFor()).handshakeUnseen();
    const { decision } = interference(session.send('server', FLIGHT));
    expect(decision.flow).toMatchObject({ ...ROLES, direction: 'to-client' });
    expect(decision.injected).toMatchObject([{ to: 'server' }, { to: 'client' }]);
  });

  test('and it stays so', () => {
    const engine = censor([BLOCK]);
    const session = new Session(engine).handshakeUnseen();
    session.send('server', FLIGHT);
    expect(session.send('server', REQUEST).kind).toBe('accept');
    expect(session.send('client', REQUEST).kind).toBe('inject');
  });

  test('a box that wants to see the start reads nothing', () => {
    const engine = censor([BLOCK], { tcb: { create: 'syn' } });
    const session = new Session(engine).handshakeUnseen();
    expect(session.send('client', REQUEST).kind).toBe('accept');
    expect(engine.ignored).toBe('not-followed');
  });
});

test.each<Action>([
  { do: 'drop' },
  { do: 'blackhole', way: 'both', trigger: 'drop', duration: 0 },
  { do: 'throttle', way: 'both', rate: 1, burst: 0, how: 'police' },
  { do: 'delay', way: 'both', by: 100 },
  { do: 'pass' },
  RESET,
])('$do: on path every packet arrives, at once', (action) => {
  const engine = censor([nameRule('http.host', 'blocked.test', action)], { position: 'on-path' });
  const session = new Session(engine).handshake();
  const fates = [REQUEST, 'more', REQUEST, ''].map((payload) =>
    fateOf(session.send('client', payload)),
  );
  expect([...fates, fateOf(session.send('server', 'answer'))]).toEqual(Array(5).fill('accept'));
  expect(engine.counters.dropped).toBe(0);
});

test.each(['drop', 'freeze'] as const)(
  'a limit that would %s holds nothing back on path',
  (onLimit) => {
    const limit = { bytes: 100, packets: 0, time: 0, onLimit };
    const change: ModelChange = { position: 'on-path', stream: { mode: 'in-order', limit } };
    const session = new Session(censor([BLOCK], change)).handshake();
    const fates = ['GET / HTTP/1.1\r\n', `X: ${'x'.repeat(200)}`, 'more', 'more'].map((payload) =>
      fateOf(session.send('client', payload)),
    );
    expect(fates).toEqual(Array(4).fill('accept'));
  },
);

test('an address is looked at once for each flow, over TCP and UDP, before anything is read', () => {
  const engine = censor([addressRule('198.18.0.53', { do: 'drop' })]);
  const session = new DatagramSession(engine);
  expect(fateOf(session.send('client', dnsQuery('a.example')))).toBe('drop');
  expect(fateOf(session.send('client', dnsQuery('a.example')))).toBe('drop');
  expect(engine.counters.decisions).toBe(1);
  const other = new DatagramSession(engine, { dst: '198.18.0.54' });
  expect(fateOf(other.send('client', dnsQuery('a.example')))).toBe('accept');
});

test('where a flow begins with its SYN/ACK, the server is who sent that, for addresses, too', () => {
  const { src, dst, srcPort, dstPort } = FLOW;
  const back = { src: dst, dst: src, srcPort: dstPort, dstPort: srcPort };
  const synAck = tcpFrame({ ...back, seq: 5000, ack: 1001, flags: 'SA' });
  const fate = (entry: string): string => {
    const trigger = address({ addresses: [entry], of: 'server' });
    const rule = { name: entry, trigger, action: { do: 'drop' } as const };
    return fateOf(decide(censor([rule], { tcb: { roles: 'synack-sender-is-server' } }), synAck));
  };
  expect([fate('198.18.0.80:80'), fate('10.0.0.1:40000')]).toEqual(['drop', 'accept']);
});

function decide(engine: Engine, frame: Uint8Array): Verdict {
  return engine.decide(frame, 0, frame.length, 0);
}
