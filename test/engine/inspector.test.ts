import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newEngine } from '../support/censors.ts';
import {
  ascii,
  clientHello,
  clientHelloMessage,
  concat,
  httpRequest,
  lineEnd,
  tlsRecord,
} from '../support/packets.ts';
import { Session } from '../support/session.ts';

const HOST = 'www.meydan.tv';
const BLOCKED = httpRequest({ host: HOST, after: ['Accept: */*'] });
const ALLOWED = httpRequest({ host: 'example.org' });
const HELLO = clientHello({ sni: HOST });
const BOTH_OBEY = [
  { to: 'client', isObeyed: true },
  { to: 'server', isObeyed: true },
];
/** A message, and where the last byte ends that a censor needs in order to know the name. */
const MESSAGES = [
  { name: 'a request', message: BLOCKED, known: lineEnd(BLOCKED, 'Host:') },
  { name: 'a ClientHello', message: HELLO, known: Buffer.from(HELLO).indexOf(HOST) + HOST.length },
];

describe.each(MESSAGES)('$name cut in two at any byte', ({ message, known }) => {
  test('is seen by a packet censor exactly when the first part shows the name', () => {
    for (let cut = 3; cut < message.length; cut++) {
      const session = new Session(newEngine('packet')).handshake();
      const kinds = sendParts(session, message, [0, cut, message.length]);
      const want = cut < known ? ['accept', 'accept'] : ['inject', 'drop'];
      expect({ cut, kinds }).toEqual({ cut, kinds: want });
      expect(session.resets).toEqual(cut < known ? [] : BOTH_OBEY);
    }
  });

  test('is seen by an in-order censor; the server is reset at the first byte it did not get', () => {
    for (let cut = 1; cut < message.length; cut++) {
      const session = new Session(newEngine('in-order')).handshake();
      const kinds = sendParts(session, message, [0, cut, message.length]);
      const want = cut < known ? ['accept', 'inject'] : ['inject', 'drop'];
      expect({ cut, kinds }).toEqual({ cut, kinds: want });
      expect(session.expects('server')).toBe(session.seq('client', cut < known ? cut : 0));
      expect(session.resets).toEqual(BOTH_OBEY);
    }
  });

  test('is seen by an in-order censor when the second part comes first', () => {
    for (let cut = 1; cut < message.length; cut++) {
      const session = new Session(newEngine('in-order')).handshake();
      const second = session.send('client', message.slice(cut), { offset: cut });
      const first = session.send('client', message.slice(0, cut), { offset: 0 });
      expect([cut, second.kind, first.kind]).toEqual([cut, 'accept', 'inject']);
      expect(session.resets).toEqual(BOTH_OBEY);
    }
  });

  test('is not seen by a packet censor when the second part comes first', () => {
    const session = new Session(newEngine('packet')).handshake();
    expect(session.send('client', message.slice(9), { offset: 9 }).kind).toBe('accept');
    expect(session.send('client', message.slice(0, 9), { offset: 0 }).kind).toBe('accept');
  });
});

test.each(['packet', 'in-order'] as const)(
  'a name in a ClientHello of two records is not seen by the %s censor',
  (stream) => {
    const message = clientHelloMessage({ sni: HOST });
    const cut = Buffer.from(message).indexOf(HOST) + 3;
    const records = concat(tlsRecord(message.slice(0, cut)), tlsRecord(message.slice(cut)));
    const session = new Session(newEngine(stream)).handshake();
    expect(session.send('client', records).kind).toBe('accept');
  },
);

describe.each(['packet', 'in-order'] as const)('the %s censor reads every request', (stream) => {
  const post = (length: number): Uint8Array =>
    httpRequest({
      method: 'POST',
      host: 'a.example',
      after: [`Content-Length: ${length}`],
      body: 'x'.repeat(length),
    });

  test.each([
    { name: 'two requests', first: concat(ALLOWED) },
    { name: 'four requests', first: concat(ALLOWED, ALLOWED, ALLOWED) },
    { name: 'a body and a request', first: post(20) },
    { name: 'bodies and requests', first: concat(post(1), ALLOWED, post(0), post(300)) },
  ])('of one segment: $name', ({ first }) => {
    const session = new Session(newEngine(stream)).handshake();
    session.send('client', ALLOWED);
    const verdict = session.send('client', concat(first, BLOCKED));
    const offset = first.length + Buffer.from(BLOCKED).indexOf(HOST);
    expect(verdict).toMatchObject({
      kind: 'inject',
      decision: {
        matched: { text: HOST, offset: stream === 'packet' ? offset : ALLOWED.length + offset },
        trigger: { seq: session.seq('client', ALLOWED.length) },
      },
    });
    expect(session.resets).toEqual(BOTH_OBEY);
  });

  test('after a body in segments of its own', () => {
    const session = new Session(newEngine(stream)).handshake();
    const upload = post(3000);
    for (let at = 0; at < upload.length; at += 1000) {
      expect(session.send('client', upload.slice(at, at + 1000)).kind).toBe('accept');
    }
    expect(session.send('client', BLOCKED).kind).toBe('inject');
    expect(session.resets).toEqual(BOTH_OBEY);
  });

  test('after a chunked body, from the next segment on', () => {
    const session = new Session(newEngine(stream)).handshake();
    const head = httpRequest({
      method: 'POST',
      host: 'a.example',
      after: ['Transfer-Encoding: chunked'],
    });
    session.send('client', head);
    session.send('client', '5\r\nhello\r\n');
    session.send('client', '0\r\n\r\n');
    expect(session.send('client', BLOCKED).kind).toBe('inject');
    expect(session.resets).toEqual(BOTH_OBEY);
  });
});

describe('the in-order censor', () => {
  test('says where in the stream the name is', () => {
    const session = new Session(newEngine('in-order')).handshake();
    session.send('client', ALLOWED);
    session.send('client', BLOCKED.slice(0, 25));
    const verdict = session.send('client', BLOCKED.slice(25));
    expect(verdict).toMatchObject({
      decision: {
        matched: {
          text: HOST,
          offset: ALLOWED.length + Buffer.from(BLOCKED).indexOf(HOST),
          length: HOST.length,
          within: 'stream',
        },
        trigger: {
          seq: session.seq('client', ALLOWED.length + 25),
          payloadLength: BLOCKED.length - 25,
        },
      },
    });
  });

  test.each([
    { name: 'a blank line', first: ALLOWED, between: '\r\n' },
    { name: 'several, one of them bare', first: ALLOWED, between: '\r\n\n\r\n' },
    {
      name: 'a blank line after a body',
      first: httpRequest({ method: 'POST', after: ['Content-Length: 3'], body: 'abc' }),
      between: '\r\n',
    },
    {
      name: 'a chunked body',
      first: httpRequest({ method: 'POST', after: ['Transfer-Encoding: chunked'] }),
      between: '5\r\nhello\r\n0\r\n\r\n',
    },
  ])('reads the next request behind $name, in one segment or in two', ({ first, between }) => {
    const one = new Session(newEngine('in-order')).handshake();
    one.send('client', concat(first, ascii(between), BLOCKED));
    expect(one.resets).toEqual(BOTH_OBEY);
    const two = new Session(newEngine('in-order')).handshake();
    two.send('client', concat(first, ascii(between)));
    two.send('client', BLOCKED);
    expect(two.resets).toEqual(BOTH_OBEY);
  });

  test('keeps the halves of two flows apart', () => {
    const engine = newEngine('in-order');
    const sessions = [1, 2].map((port) => new Session(engine, { client: { port } }).handshake());
    const [first, second] = sessions as [Session, Session];
    first.send('client', 'GET / HTTP/1.1\r\nHost: www.mey');
    second.send('client', 'GET / HTTP/1.1\r\nHost: www.exam');
    expect(second.send('client', 'ple.org\r\n\r\n').kind).toBe('accept');
    expect(first.send('client', 'dan.tv\r\n\r\n').kind).toBe('inject');
    expect(first.resets).toEqual(BOTH_OBEY);
    expect(second.send('client', BLOCKED).kind).toBe('inject');
    expect(second.resets).toEqual(BOTH_OBEY);
  });

  test('starts a stream afresh with a fresh SYN', () => {
    const engine = newEngine('in-order');
    new Session(engine).handshake().send('client', 'GET / HTTP/1.1\r\nHost: www.mey');
    const session = new Session(engine, { client: { isn: 77 } }).handshake();
    expect(session.send('client', 'dan.tv\r\n\r\n').kind).toBe('accept');
  });

  test('reads no further in a stream that began with something else', () => {
    const session = new Session(newEngine('in-order')).handshake();
    session.send('client', 'SSH-2.0-OpenSSH_9.9\r\n');
    expect(session.send('client', BLOCKED).kind).toBe('accept');
  });

  test('reads no further after a ClientHello', () => {
    const session = new Session(newEngine('in-order')).handshake();
    session.send('client', clientHello({ sni: 'example.org' }));
    expect(session.send('client', HELLO).kind).toBe('accept');
  });

  test.each([
    { name: 'waits for the end of a request of 16 KiB', length: 16_384, want: 'inject' },
    { name: 'lets a longer one through', length: 16_385, want: 'accept' },
  ])('$name', ({ length, want }) => {
    const session = new Session(newEngine('in-order')).handshake();
    const start = 'GET / HTTP/1.1\r\nX: ';
    const held = start + 'x'.repeat(length - start.length);
    for (let at = 0; at < held.length; at += 1460)
      session.send('client', held.slice(at, at + 1460));
    expect(session.send('client', `\r\nHost: ${HOST}\r\n\r\n`).kind).toBe(want);
  });

  test('joins a request in a flow whose start was not seen', () => {
    const session = new Session(newEngine('in-order')).handshakeUnseen();
    session.send('client', 'the end of something\r\n\r\n');
    session.send('client', BLOCKED.slice(0, 20));
    expect(session.send('client', BLOCKED.slice(20)).kind).toBe('inject');
    expect(session.resets).toEqual(BOTH_OBEY);
  });
});

describe('a request in any pieces, in any order, some of them twice', () => {
  const anyPieces = fc
    .tuple(
      fc.array(fc.nat(BLOCKED.length), { maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 3 }),
    )
    .chain(([cuts, again]) => {
      const places = [...new Set([0, ...cuts, BLOCKED.length])].sort((a, b) => a - b);
      const pieces = places.slice(1).map((end, i) => ({ at: places[i] as number, end }));
      const repeated = again.map(([a, b]) => {
        const [at, end] = [a % BLOCKED.length, b % BLOCKED.length].sort((x, y) => x - y) as [
          number,
          number,
        ];
        return { at, end: end + 1 };
      });
      const all = [...pieces, ...repeated];
      return fc.shuffledSubarray(all, { minLength: all.length });
    });
  const known = lineEnd(BLOCKED, 'Host:');

  test('is blocked by the in-order censor with the piece that completes the Host line', () => {
    fc.assert(
      fc.property(anyPieces, (pieces) => {
        const session = new Session(newEngine('in-order')).handshake();
        const arrived = new Set<number>();
        let readable = 0;
        let isBlocked = false;
        for (const { at, end } of pieces) {
          for (let i = at; i < end; i++) arrived.add(i);
          while (arrived.has(readable)) readable++;
          const { kind } = session.send('client', BLOCKED.slice(at, end), { offset: at });
          const isTrigger: boolean = !isBlocked && readable >= known;
          expect(kind).toBe(isBlocked ? 'drop' : isTrigger ? 'inject' : 'accept');
          isBlocked ||= isTrigger;
        }
        expect(session.resets).toEqual(BOTH_OBEY);
      }),
      { numRuns: 500 },
    );
  });

  test('is blocked by the packet censor with a piece that looks like a request and has the Host line', () => {
    fc.assert(
      fc.property(anyPieces, (pieces) => {
        const session = new Session(newEngine('packet')).handshake();
        let isBlocked = false;
        for (const { at, end } of pieces) {
          const { kind } = session.send('client', BLOCKED.slice(at, end), { offset: at });
          // What is left of GET is a method too.
          const isTrigger: boolean = !isBlocked && at < 'GET'.length && end >= known;
          expect(kind).toBe(isBlocked ? 'drop' : isTrigger ? 'inject' : 'accept');
          isBlocked ||= isTrigger;
        }
        expect(session.resets).toEqual(isBlocked ? BOTH_OBEY : []);
      }),
      { numRuns: 500 },
    );
  });
});

function sendParts(session: Session, message: Uint8Array, places: readonly number[]): string[] {
  return places
    .slice(1)
    .map((end, i) => session.send('client', message.slice(places[i], end)).kind);
}
