import { describe, expect, test } from 'vitest';
import { type ServerFlightPattern, serverFlight } from '../../../src/policy/match/server-flight.ts';
import { censor, type ModelChange, RESET } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { clientHello, concat, hex } from '../../support/packets.ts';
import { CLIENT_INITIAL_V1, SERVER_INITIAL_V1 } from '../../support/quic-vectors.ts';
import {
  certificateOf,
  type Flight,
  flight,
  RELAY,
  records,
} from '../../support/server-flights.ts';
import { Session } from '../../support/session.ts';
import { record, serverHelloMessage } from '../../support/tls.ts';
import { interference } from '../../support/verdicts.ts';

/** A surrogate for what was looked for in the flights of Tor relays in 2012. */
const TOR_2012: ServerFlightPattern = {
  version: [0x0301],
  cipher: [0x0039],
  sessionIdLength: [0],
  subject: '^www\\.[a-z2-7]{8,20}\\.(net|com)$',
};
const GATHERS: ModelChange = { tls: { recordReassembly: 16_384 } };
const IN_ORDER: ModelChange = { ...GATHERS, stream: { mode: 'in-order' } };

describe('the flight of a Tor relay of 2012', () => {
  test.each<{ name: string; wish?: Flight; want: 'inject' | 'accept' }>([
    { name: 'is known', want: 'inject' },
    {
      name: 'is known under .com',
      wish: { certificate: certificateOf('www.abcdefgh.com') },
      want: 'inject',
    },
    { name: 'is not known with cipher 0x0033', wish: { cipher: 0x0033 }, want: 'accept' },
    { name: 'is not known with cipher 0xc013', wish: { cipher: 0xc013 }, want: 'accept' },
    { name: 'is not known in TLS 1.2', wish: { version: 0x0303 }, want: 'accept' },
    {
      name: 'is not known with a session id',
      wish: { sessionId: new Uint8Array(32) },
      want: 'accept',
    },
    {
      name: 'is not known under another name',
      wish: { certificate: certificateOf('www.example.net') },
      want: 'accept',
    },
    {
      name: 'is not known under a name with a 1, which base32 lacks',
      wish: { certificate: certificateOf('www.abcdefg1.net') },
      want: 'accept',
    },
    { name: 'is not known without a certificate', wish: { certificate: null }, want: 'accept' },
    {
      name: 'is not known in TLS 1.3, which hides the certificate',
      wish: { version: 0x0303, cipher: 0x1301, extensions: [[43, hex`03 04`]], certificate: null },
      want: 'accept',
    },
  ])('$name', ({ wish = {}, want }) => {
    const messages = flight(wish);
    for (const change of [GATHERS, IN_ORDER]) {
      expect(answer(change, [records(...messages)])).toBe(want);
      expect(answer(change, [records(concat(...messages))])).toBe(want);
    }
  });

  test('is not what random bytes look like', () => {
    const noise = Uint8Array.from({ length: 929 }, (_, i) => (i * 167 + 13) % 256);
    expect(answer(GATHERS, [noise])).toBe('accept');
  });

  test('is forwarded or not as the action says, and explained', () => {
    const session = new Session(tor2012(GATHERS)).handshake();
    session.send('client', clientHello({}));
    const bytes = records(...flight());
    const { decision } = interference(session.send('server', bytes));
    expect(decision).toMatchObject({
      why: `tls.server-flight=cipher 0x0039, subject ${RELAY}`,
      matched: { offset: 5, within: 'segment' },
      flow: { client: '10.0.0.1:40000', direction: 'to-client' },
    });
    expect(session.resets).toEqual([
      { to: 'server', isObeyed: true },
      { to: 'client', isObeyed: true },
    ]);
  });
});

describe('a flight that is divided', () => {
  const messages = flight();
  const inRecords = records(...messages);
  const inOne = records(concat(...messages));
  const middle = Buffer.from(inOne).indexOf(RELAY) + 5;

  test.each([
    {
      name: 'over segments, a box that reads packets does not see',
      change: GATHERS,
      want: 'accept',
    },
    { name: 'over segments, a box that reads in order sees', change: IN_ORDER, want: 'inject' },
  ])('$name', ({ change, want }) => {
    for (const bytes of [inRecords, inOne]) {
      const cut = Buffer.from(bytes).indexOf(RELAY) + 5;
      const [start, end] = [bytes.slice(0, cut), bytes.slice(cut)];
      expect(answer(change, [start, end])).toBe(want);
      expect(answer(change, [start.slice(0, 3), start.slice(3), end])).toBe(want);
    }
  });

  test('over records, a box that reads one record alone does not see', () => {
    for (const mode of ['packet', 'in-order'] as const) {
      const change: ModelChange = { tls: { recordReassembly: 0 }, stream: { mode } };
      expect(answer(change, [inRecords])).toBe('accept');
      expect(answer(change, [inOne])).toBe('inject');
    }
  });

  test('over segments, but in one record, a box that reads one record alone sees in order', () => {
    const change: ModelChange = { stream: { mode: 'in-order' } };
    for (let cut = 1; cut < middle; cut += 37) {
      expect(answer(change, [inOne.slice(0, cut), inOne.slice(cut)])).toBe('inject');
    }
  });

  test('within its messages, over records, a box that gathers them sees', () => {
    const whole = concat(...messages);
    for (let cut = 1; cut < 400; cut += 23) {
      const bytes = records(whole.slice(0, cut), whole.slice(cut));
      expect(answer(GATHERS, [bytes])).toBe('inject');
    }
  });

  test('with its end under way, is not waited for longer than for the certificate', () => {
    const certificate = records(...messages.slice(0, 2));
    expect(answer(IN_ORDER, [certificate])).toBe('inject');
  });
});

test('a session that is resumed, without a certificate, is not held against it', () => {
  const change: ModelChange = {
    ...IN_ORDER,
    stream: {
      mode: 'in-order',
      limit: { bytes: 1000, packets: 0, time: 0, onLimit: 'drop' },
    },
  };
  const session = new Session(tor2012(change)).handshake();
  session.send('client', clientHello({}));
  const [hello] = flight({ sessionId: hex`01` });
  const resumed = concat(
    records(hello as Uint8Array),
    record(20, hex`01`),
    record(22, hex`aa bb cc`),
  );
  expect(session.send('server', resumed).kind).toBe('accept');
  for (let i = 0; i < 5; i++) {
    expect(session.send('server', record(23, new Uint8Array(900))).kind).toBe('accept');
  }
});

describe('of a ServerHello alone', () => {
  const hello = {
    cipher: 0xc02f,
    extensions: [
      [0xff01, hex`00`],
      [11, hex`01 00`],
    ],
  } as const;
  test.each<{ pattern: ServerFlightPattern; want: 'inject' | 'accept' }>([
    { pattern: {}, want: 'inject' },
    { pattern: { cipher: [0x0039, 0xc02f] }, want: 'inject' },
    { pattern: { extensions: [0xff01, 11] }, want: 'inject' },
    { pattern: { extensions: [11, 0xff01] }, want: 'accept' },
    { pattern: { extensions: [0xff01] }, want: 'accept' },
    { pattern: { extensions: [0xff01, 11, 16] }, want: 'accept' },
    { pattern: { keyShareGroup: [29] }, want: 'accept' },
    { pattern: { ja3s: ['771,49199,65281-11'] }, want: 'inject' },
    { pattern: { ja3s: ['303951d4c50efb2e991652225a6f02b1'] }, want: 'inject' },
    { pattern: { ja3s: ['771,49199,65281'] }, want: 'accept' },
    { pattern: { issuer: '.' }, want: 'accept' },
  ])('$pattern: $want', ({ pattern, want }) => {
    const bytes = records(serverHelloMessage(hello));
    expect(answer(GATHERS, [bytes], pattern)).toBe(want);
  });

  test('of TLS 1.3 the version is the one that is negotiated, and the group is seen', () => {
    const extensions = [
      [43, hex`03 04`],
      [51, hex`00 1d 00 00`],
    ] as const;
    const bytes = records(serverHelloMessage({ extensions }));
    const is = (pattern: ServerFlightPattern): string => answer(GATHERS, [bytes], pattern);
    expect(is({ version: [0x0304], keyShareGroup: [29] })).toBe('inject');
    expect(is({ version: [0x0303] })).toBe('accept');
  });

  test('the issuer is seen as well', () => {
    const bytes = records(...flight());
    expect(answer(GATHERS, [bytes], { issuer: '^www\\.[a-z2-7]+\\.com$' })).toBe('inject');
    expect(answer(GATHERS, [bytes], { issuer: '\\.net$' })).toBe('accept');
  });
});

test('in QUIC a ServerHello is seen, though nothing is asked about the client', () => {
  const engine = censor([
    { name: 'server', trigger: serverFlight({ cipher: [0x1301] }), action: { do: 'drop' } },
  ]);
  const session = new DatagramSession(engine, { dstPort: 443 });
  expect(session.send('client', CLIENT_INITIAL_V1).kind).toBe('accept');
  expect(session.send('server', SERVER_INITIAL_V1)).toMatchObject({
    decision: { matched: { kind: 'tls.server-flight', offset: 0, within: 'stream' } },
  });
});

function tor2012(change: ModelChange, pattern = TOR_2012) {
  return censor([{ name: 'tor', trigger: serverFlight(pattern), action: RESET }], change);
}

/** What becomes of a flight that a server sends in these segments; the last of them, or the first that was caught. */
function answer(change: ModelChange, parts: readonly Uint8Array[], pattern = TOR_2012): string {
  const session = new Session(tor2012(change, pattern)).handshake();
  session.send('client', clientHello({}));
  const kinds = parts.map((part) => session.send('server', part).kind);
  return kinds.find((kind) => kind === 'inject') ?? kinds.at(-1) ?? 'nothing';
}
