import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/policy/presets.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { newEngine } from '../support/censors.ts';
import {
  clientHello,
  concat,
  edit,
  hex,
  httpRequest,
  placed,
  tcpFrame,
} from '../support/packets.ts';
import { type Ends, Session } from '../support/session.ts';

const STREAMS = ['packet', 'in-order'] as const;
const BLOCKED = httpRequest({ host: 'www.meydan.tv' });
const ALLOWED = httpRequest({ host: 'example.org' });
const BLOCKED_TLS = clientHello({ sni: 'www.meydan.tv' });
const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const BOTH_OBEY = [
  { to: 'client', isObeyed: true },
  { to: 'server', isObeyed: true },
];
const IPV6: Ends = { client: { address: '2001:db8::1' }, server: { address: '2001:db8:1::80' } };

describe.each(STREAMS)('a censor that reads by %s', (stream) => {
  describe('drops the trigger, and both ends obey its RSTs', () => {
    test.each<{ name: string; payload: Uint8Array; ends?: Ends; flags?: string }>([
      { name: 'HTTP', payload: BLOCKED },
      { name: 'TLS', payload: BLOCKED_TLS },
      { name: 'HTTP over IPv6', payload: BLOCKED, ends: IPV6 },
      { name: 'TLS over IPv6', payload: BLOCKED_TLS, ends: IPV6 },
      { name: 'HTTP on port 443', payload: BLOCKED, ends: { server: { port: 443 } } },
      { name: 'TLS on any port', payload: BLOCKED_TLS, ends: { server: { port: 31_337 } } },
      {
        name: 'a connection from the other side',
        payload: BLOCKED,
        ends: { client: { address: '198.18.0.80' }, server: { address: '10.0.0.1' } },
      },
      { name: 'a request with FIN', payload: BLOCKED, flags: 'FPA' },
      ...[0, 0x7fff_fffe, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff].map((isn) => ({
        name: `initial sequence numbers ${isn}`,
        payload: BLOCKED,
        ends: { client: { isn }, server: { isn } },
      })),
    ])('$name', ({ payload, ends = {}, flags = 'PA' }) => {
      const session = new Session(newEngine(stream), ends).handshake();
      const verdict = session.send('client', payload, { flags });
      expect(verdict).toMatchObject({ kind: 'inject', original: 'drop' });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('the second request of a connection', () => {
      const session = new Session(newEngine(stream)).handshake();
      session.send('client', ALLOWED);
      session.send('server', RESPONSE);
      expect(session.send('client', BLOCKED).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('a request while data that it does not acknowledge is under way', () => {
      const session = new Session(newEngine(stream)).handshake();
      session.send('client', ALLOWED);
      session.send('server', RESPONSE);
      session.send('client', BLOCKED, { ack: session.seq('server', 0) });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('a request that is sent again with more behind it', () => {
      const session = new Session(newEngine(stream)).handshake();
      session.send('client', BLOCKED.slice(0, 5));
      session.send('client', BLOCKED, { offset: 0 });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test.each([
      { name: 'took (RFC 7413)', taken: ALLOWED.length, want: ALLOWED.length },
      { name: 'did not take', taken: 0, want: 0 },
    ])('a request after a payload on the SYN that the server $name', ({ taken, want }) => {
      const session = new Session(newEngine(stream));
      session.send('client', ALLOWED, { flags: 'S', taken });
      session.send('server', '', { flags: 'SA' });
      session.send('client', '', { flags: 'A', offset: want });
      expect(session.send('client', BLOCKED, { offset: want }).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('a request after an upload whose first segment came late', () => {
      const session = new Session(newEngine(stream)).handshake();
      const upload = httpRequest({ method: 'POST', after: ['Content-Length: 2000'] });
      session.send('client', upload);
      for (let i = 1; i < 20; i++) {
        session.send('client', 'x'.repeat(100), { offset: upload.length + 100 * i });
      }
      session.send('client', 'x'.repeat(100), { offset: upload.length });
      expect(session.send('client', BLOCKED).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('a request after a second copy of the SYN that came late', () => {
      const session = new Session(newEngine(stream)).handshake();
      session.send('client', ALLOWED);
      session.send('server', RESPONSE);
      session.send('client', '', { flags: 'S' });
      expect(session.send('client', BLOCKED).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('a request while the FIN of the server is under way', () => {
      const session = new Session(newEngine(stream)).handshake();
      session.send('server', 'bye', { flags: 'FPA' });
      session.send('client', BLOCKED, { ack: session.seq('server', 3) });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('a request after a SYN that was sent again', () => {
      const session = new Session(newEngine(stream));
      session.send('client', '', { flags: 'S' });
      session.send('client', '', { flags: 'S', now: 1000 });
      session.send('server', '', { flags: 'SA' });
      session.send('client', '', { flags: 'S', now: 3000 });
      session.send('server', '', { flags: 'SA' });
      expect(session.send('client', BLOCKED)).toMatchObject({
        kind: 'inject',
        decision: { flow: { startWasSeen: true } },
      });
      expect(session.resets).toEqual(BOTH_OBEY);
    });
  });

  describe('lets pass', () => {
    test.each([
      { name: 'another host', payload: ALLOWED },
      {
        name: 'a name that ends like a blocked one',
        payload: httpRequest({ host: 'notmeydan.tv' }),
      },
      {
        name: 'a name that begins like a blocked one',
        payload: httpRequest({ host: 'meydan.tv.example.org' }),
      },
      { name: 'another server_name', payload: clientHello({ sni: 'example.org' }) },
      { name: 'a ClientHello without a name', payload: clientHello({}) },
      {
        name: 'a blocked name in the target',
        payload: httpRequest({ target: '/www.meydan.tv', host: 'a.example' }),
      },
      {
        name: 'a blocked name in the second Host',
        payload: httpRequest({ host: ['a.example', 'meydan.tv'] }),
      },
      {
        name: 'a blocked name in the body',
        payload: httpRequest({
          host: 'a.example',
          after: [`Content-Length: ${BLOCKED.length}`],
          body: latin1(BLOCKED),
        }),
      },
      { name: 'something else', payload: hex`00 01 02 03` },
    ])('$name', ({ payload }) => {
      const session = new Session(newEngine(stream)).handshake();
      expect(session.send('client', payload)).toEqual({ kind: 'accept' });
    });

    test('what a server says, when it is known to be the server', () => {
      const session = new Session(newEngine(stream)).handshake();
      expect(session.send('server', BLOCKED).kind).toBe('accept');
      expect(session.send('server', BLOCKED_TLS).kind).toBe('accept');
    });
  });

  describe('after a block', () => {
    test('drops all there is in the flow, both ways', () => {
      const session = blockedSession();
      const later = [
        session.send('client', BLOCKED, { offset: 0 }),
        session.send('client', '', { flags: 'A' }),
        session.send('server', RESPONSE),
        session.send('server', '', { flags: 'SA' }),
        session.send('client', '', { flags: 'RA' }),
        session.send('server', '', { flags: 'R' }),
        session.send('client', '', { flags: 'FA' }),
      ];
      expect(later).toEqual(later.map(() => ({ kind: 'drop' })));
      expect(session.resets).toHaveLength(2);
    });

    test.each([
      { name: 'the same', isn: 0x1000 },
      { name: 'another', isn: 0x2000 },
    ])('starts over with a fresh SYN of $name initial sequence number', ({ isn }) => {
      const engine = newEngine(stream);
      blockedSession(engine, { client: { isn: 0x1000 } });
      const session = new Session(engine, { client: { isn } }).handshake();
      expect(session.send('client', ALLOWED).kind).toBe('accept');
      expect(session.send('server', RESPONSE).kind).toBe('accept');
      expect(session.send('client', BLOCKED).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('forgets the flow when it has been idle too long', () => {
      const session = blockedSession(newEngine(stream, { idleTimeout: 1000 }));
      expect(session.send('server', RESPONSE, { now: 1000 }).kind).toBe('drop');
      expect(session.send('server', RESPONSE, { now: 2001 }).kind).toBe('accept');
    });

    test('leaves the flow next to it alone', () => {
      const engine = newEngine(stream);
      const other = new Session(engine, { client: { port: 40_001 } }).handshake();
      other.send('client', ALLOWED.slice(0, 9));
      blockedSession(engine);
      expect(other.send('client', ALLOWED.slice(9)).kind).toBe('accept');
      expect(other.send('server', RESPONSE).kind).toBe('accept');
      expect(other.send('client', BLOCKED).kind).toBe('inject');
      expect(other.resets).toEqual(BOTH_OBEY);
    });
  });

  describe('starts a flow anew, with nothing of the old one, when a SYN comes', () => {
    const old = { client: { isn: 0x1000 }, server: { isn: 0x2000 } };

    test('with another initial sequence number', () => {
      const engine = newEngine(stream);
      new Session(engine, old).handshake().send('client', ALLOWED.slice(0, 9));
      const session = new Session(engine, { client: { isn: 0x5000 } }).handshake();
      expect(session.send('client', BLOCKED).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('from the other end', () => {
      const engine = newEngine(stream);
      const { client, server } = new Session(engine, old).handshake();
      const session = new Session(engine, {
        client: { ...server, isn: client.isn },
        server: client,
      }).handshake();
      expect(session.send('client', BLOCKED)).toMatchObject({
        decision: { flow: { client: '198.18.0.80:80', startWasSeen: true } },
      });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('into a flow whose start was not seen', () => {
      const engine = newEngine(stream);
      new Session(engine, old).handshakeUnseen().send('client', 'ten bytes.');
      const session = new Session(engine, { client: { isn: 0x1000 + 10 } }).handshake();
      expect(session.send('server', BLOCKED).kind).toBe('accept');
      expect(session.send('client', BLOCKED)).toMatchObject({
        decision: { flow: { startWasSeen: true } },
      });
      expect(session.resets).toEqual(BOTH_OBEY);
    });
  });

  describe('when the start of a flow was not seen', () => {
    test('takes the sender of a request for the client, and both ends obey', () => {
      const session = new Session(newEngine(stream)).handshakeUnseen();
      expect(session.send('client', BLOCKED)).toMatchObject({
        decision: { flow: { client: '10.0.0.1:40000', startWasSeen: false } },
      });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('does so too when the server spoke first', () => {
      const session = new Session(newEngine(stream)).handshakeUnseen();
      session.send('server', RESPONSE);
      expect(session.send('client', BLOCKED)).toMatchObject({
        decision: {
          flow: { client: '10.0.0.1:40000', server: '198.18.0.80:80', direction: 'to-server' },
          injected: [{ to: 'client' }, { to: 'server' }],
        },
      });
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('reads on after other requests', () => {
      const session = new Session(newEngine(stream)).handshakeUnseen();
      session.send('client', 'ion: keep-alive\r\n\r\n');
      session.send('client', ALLOWED);
      session.send('server', RESPONSE);
      expect(session.send('client', BLOCKED).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('is not misled by a keep-alive probe, which lies one byte back', () => {
      const session = new Session(newEngine(stream)).handshakeUnseen();
      session.send('server', RESPONSE);
      session.send('client', '', { offset: -1, flags: 'A' });
      expect(session.send('client', BLOCKED, { offset: 0 }).kind).toBe('inject');
      expect(session.resets).toEqual(BOTH_OBEY);
    });

    test('remembers nothing of it until there is a payload', () => {
      const engine = newEngine(stream);
      const session = new Session(engine).handshakeUnseen();
      session.send('server', '', { flags: 'SA' });
      session.send('client', '', { flags: 'A' });
      session.send('client', '', { flags: 'RA' });
      expect(engine.flowCount).toBe(0);
    });
  });

  describe('forgets a flow', () => {
    test('when both ends have sent FIN, and not before', () => {
      const engine = newEngine(stream);
      const session = new Session(engine).handshake();
      session.send('client', ALLOWED, { flags: 'FPA' });
      session.send('client', '', { flags: 'FA' });
      expect(engine.flowCount).toBe(1);
      session.send('server', RESPONSE, { flags: 'FPA' });
      expect(engine.flowCount).toBe(0);
      expect(session.send('client', '', { flags: 'A' }).kind).toBe('accept');
      expect(engine.flowCount).toBe(0);
    });

    test.each(['client', 'server'] as const)('when the %s resets it', (side) => {
      const engine = newEngine(stream);
      const session = new Session(engine).handshake();
      session.send(side, '', { flags: 'R' });
      expect(engine.flowCount).toBe(0);
      expect(session.send('client', BLOCKED)).toMatchObject({
        decision: { flow: { startWasSeen: false } },
      });
    });

    test('that has been idle longest when there is room for no more', () => {
      const engine = newEngine(stream, { capacity: 2 });
      const sessions = [1, 2, 3].map((port) =>
        new Session(engine, { client: { port } }).handshake(),
      );
      expect(engine.flowCount).toBe(2);
      const seen = sessions.map((session) => {
        const verdict = session.send('client', BLOCKED);
        return verdict.kind === 'inject' && verdict.decision.flow.startWasSeen;
      });
      expect(seen[0]).toBe(false);
    });
  });

  function blockedSession(engine = newEngine(stream), ends: Ends = {}): Session {
    const session = new Session(engine, ends).handshake();
    expect(session.send('client', BLOCKED).kind).toBe('inject');
    return session;
  }
});

describe('the action decides who gets how many RSTs', () => {
  test.each([
    { action: { to: 'client' as const }, want: ['client'] },
    { action: { to: 'server' as const }, want: ['server'] },
    { action: { count: 2 }, want: ['client', 'server', 'client', 'server'] },
    { action: { count: 3, to: 'server' as const }, want: ['server', 'server', 'server'] },
    { action: { flags: 'RA' as const }, want: ['client', 'server'] },
  ])('$action: $want', ({ action, want }) => {
    const session = new Session(newEngine('packet', { action })).handshake();
    const verdict = session.send('client', BLOCKED);
    expect(session.resets).toEqual(want.map((to) => ({ to, isObeyed: true })));
    const flags = action.flags ?? 'R';
    const seqOf = (to: string): number =>
      to === 'client' ? session.seq('server', 0) : session.seq('client', 0);
    expect(verdict).toMatchObject({
      decision: { injected: want.map((to) => ({ to, flags, seq: seqOf(to) })) },
    });
  });
});

test('a decision says what was seen where, and what was done', () => {
  const session = new Session(newEngine('packet')).handshake();
  session.send('server', 'hello');
  const request = httpRequest({ host: 'WWW.meydan.tv.:80 ' });
  const verdict = session.send('client', request, { now: 12.5 });
  expect(verdict).toMatchObject({
    decision: {
      at: 12.5,
      rule: 'http',
      action: 'reset',
      why: 'http.host=WWW.meydan.tv.:80',
      matched: {
        kind: 'http.host',
        text: 'WWW.meydan.tv.:80',
        offset: latin1(request).indexOf('WWW'),
        length: 'WWW.meydan.tv.:80'.length,
        within: 'segment',
      },
      flow: {
        client: '10.0.0.1:40000',
        server: '198.18.0.80:80',
        direction: 'to-server',
        startWasSeen: true,
      },
      trigger: {
        seq: session.seq('client', 0),
        ack: session.seq('server', 5),
        payloadLength: request.length,
      },
      injected: [
        { to: 'client', flags: 'R', seq: session.seq('server', 5) },
        { to: 'server', flags: 'R', seq: session.seq('client', 0) },
      ],
    },
  });
});

test('a decision on an IPv6 flow sets addresses in brackets', () => {
  const session = new Session(newEngine('packet'), IPV6).handshake();
  expect(session.send('client', BLOCKED_TLS)).toMatchObject({
    decision: {
      rule: 'https',
      why: 'tls.sni=www.meydan.tv',
      flow: { client: '[2001:db8::1]:40000', server: '[2001:db8:1::80]:80' },
    },
  });
});

describe('what is not TCP, or no packet at all, passes', () => {
  const segment = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
  const frame = tcpFrame({ ...segment, seq: 1, ack: 1, flags: 'PA', payload: BLOCKED });
  test.each([
    { name: 'no bytes', bytes: hex``, malformed: 1 },
    { name: 'ARP', bytes: edit(frame, 12, 0x08, 0x06), malformed: 0 },
    { name: 'ICMP', bytes: edit(frame, 23, 1), malformed: 0 },
    { name: 'a fragment that is not the first', bytes: edit(frame, 20, 0x20, 1), malformed: 0 },
    { name: 'a packet that was cut off', bytes: frame.slice(0, -1), malformed: 1 },
    { name: 'a data offset below 5', bytes: edit(frame, 46, 0x40), malformed: 1 },
  ])('$name', ({ bytes: packet, malformed }) => {
    const engine = newEngine('packet');
    const { bytes, at, end } = placed(packet);
    expect(engine.decide(bytes, at, end, 0)).toEqual({ kind: 'accept' });
    expect(engine.counters).toMatchObject({ packets: 1, malformed, dropped: 0, decisions: 0 });
    expect(engine.flowCount).toBe(0);
  });

  test('and a wrong checksum is not looked at', () => {
    const { bytes, at, end } = placed(edit(frame, 50, 0xde, 0xad));
    expect(newEngine('packet').decide(bytes, at, end, 0).kind).toBe('inject');
  });
});

test('whatever comes, every packet gets one verdict, is left as it was, and is counted', () => {
  const payload = fc.oneof(
    fc.constantFrom(hex``, BLOCKED, ALLOWED, BLOCKED_TLS),
    fc.nat(60).map((cut) => BLOCKED.slice(cut)),
    fc.nat(60).map((cut) => BLOCKED.slice(0, cut)),
    fc.uint8Array({ maxLength: 20 }),
  );
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2');
  const address6 = fc.constantFrom('2001:db8::1', '2001:db8::2');
  const segment = fc
    .record({
      ends: fc.oneof(fc.tuple(address, address), fc.tuple(address6, address6)),
      ports: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 2)),
      seq: fc.oneof(fc.nat(100), fc.nat(2 ** 32 - 1)),
      ack: fc.nat(100),
      flags: fc.constantFrom('S', 'SA', 'A', 'PA', 'FA', 'R', 'SF', ''),
      payload,
    })
    .map(({ ends: [src, dst], ports: [srcPort, dstPort], ...rest }) =>
      tcpFrame({ src, dst, srcPort, dstPort, ...rest }),
    );
  const mutated = fc
    .tuple(segment, fc.nat(), fc.nat(0xff))
    .map(([frame, at, value]) => edit(frame, at % frame.length, value));
  const frame = fc.oneof(
    { arbitrary: segment, weight: 6 },
    mutated,
    fc.uint8Array({ maxLength: 80 }).map((rest) => concat(new Uint8Array(12), rest)),
  );
  const step = fc.tuple(frame, fc.oneof(fc.constant(0), fc.nat(2000)));
  fc.assert(
    fc.property(fc.constantFrom(...STREAMS), fc.array(step, { maxLength: 60 }), (stream, steps) => {
      const engine = newEngine(stream, { capacity: 3, idleTimeout: 1000 });
      // As the engine of this model reads packets.
      const view = new PacketView({
        tcpHeader: PLAIN.validate.headerLength,
        extensionHeaders: 'stop',
        tunnels: PLAIN.tunnels,
      });
      expect(PLAIN.ip6.extHeaders).toBe('stop');
      const want = { packets: 0, malformed: 0, dropped: 0, decisions: 0 };
      let now = 0;
      for (const [packet, wait] of steps) {
        now += wait;
        const { bytes, at, end } = placed(packet);
        const before = bytes.slice();
        const { kind } = engine.decide(bytes, at, end, now);
        expect(bytes).toEqual(before);
        want.packets++;
        if (view.decode(bytes, at, end).malformed !== undefined) want.malformed++;
        if (kind !== 'accept') want.dropped++;
        if (kind === 'inject') want.decisions++;
        expect(engine.flowCount).toBeLessThanOrEqual(3);
      }
      expect(engine.counters).toMatchObject(want);
    }),
    {
      numRuns: 300,
      // A chain of extension headers that is broken behind the first.
      examples: [['packet', [[concat(OF_EXTENSIONS, new Uint8Array(25)), 0]]]],
    },
  );
});

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** The headers of a frame whose IPv6 packet says that 25 bytes of hop-by-hop options follow. */
const OF_EXTENSIONS = concat(
  Uint8Array.from([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x86, 0xdd]),
  Uint8Array.from([0x60, 0, 0, 0, 0, 25, 0, 64]),
  new Uint8Array(32).fill(1),
);
