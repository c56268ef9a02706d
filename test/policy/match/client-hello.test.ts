import { describe, expect, test } from 'vitest';
import { type ClientHelloPattern, clientHello } from '../../../src/policy/match/client-hello.ts';
import { ClientHello } from '../../../src/wire/tls/client-hello.ts';
import { ja3, ja3Text, ja4 } from '../../../src/wire/tls/fingerprint.ts';
import { censor, type ModelChange, RESET } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { concat, hex, tlsRecord } from '../../support/packets.ts';
import { clientDatagram, cryptoFrames } from '../../support/quic.ts';
import { Session } from '../../support/session.ts';
import { extension, helloMessage } from '../../support/tls.ts';
import { interference } from '../../support/verdicts.ts';

const ECH = 0xfe0d;
const ESNI = 0xffce;
const CIPHERS = [0x1301, 0xc02f, 0x0039];
const NAMED = helloMessage({
  ciphers: CIPHERS,
  extensions: [extension.serverName('www.example.org'), extension.supportedGroups(29)],
});
const NAMELESS = helloMessage({ ciphers: CIPHERS, extensions: [extension.supportedGroups(29)] });
const BARE = helloMessage({ ciphers: CIPHERS });
const WITH_ECH = helloMessage({
  extensions: [extension.serverName('a.example'), extension.empty(ECH)],
});
const WITH_ESNI = helloMessage({ extensions: [extension.empty(ESNI)] });
const HELLOS = { NAMED, NAMELESS, BARE, WITH_ECH, WITH_ESNI };
const READ = new ClientHello().readMessage(NAMED, 0, NAMED.length);

describe.each(['TLS', 'QUIC'] as const)('over %s, of these ClientHellos', (transport) => {
  const isQuic = transport === 'QUIC';
  test.each<{ pattern: ClientHelloPattern; want: readonly (keyof typeof HELLOS)[] }>([
    { pattern: {}, want: ['NAMED', 'NAMELESS', 'BARE', 'WITH_ECH', 'WITH_ESNI'] },
    { pattern: { sni: 'absent' }, want: ['NAMELESS', 'BARE', 'WITH_ESNI'] },
    { pattern: { sni: 'present' }, want: ['NAMED', 'WITH_ECH'] },
    { pattern: { ech: true }, want: ['WITH_ECH'] },
    { pattern: { ech: false, sni: 'present' }, want: ['NAMED'] },
    { pattern: { esni: true }, want: ['WITH_ESNI'] },
    { pattern: { ciphers: CIPHERS }, want: ['NAMED', 'NAMELESS', 'BARE'] },
    { pattern: { ciphers: CIPHERS.slice(0, 2) }, want: [] },
    { pattern: { ciphers: CIPHERS.toReversed() }, want: [] },
    { pattern: { ciphers: CIPHERS, sni: 'present' }, want: ['NAMED'] },
    { pattern: { ja3: [ja3(READ)] }, want: ['NAMED'] },
    { pattern: { ja3: ['of another', ja3Text(READ)] }, want: ['NAMED'] },
    { pattern: { ja4: [ja4(READ, isQuic ? 'q' : 't')] }, want: ['NAMED'] },
    { pattern: { ja4: [ja4(READ, isQuic ? 't' : 'q')] }, want: [] },
    { pattern: { ja3: [ja3(READ)], sni: 'absent' }, want: [] },
  ])('$pattern is about $want', ({ pattern, want }) => {
    const found = Object.entries(HELLOS).filter(([, message]) =>
      isQuic ? isSeenInQuic(pattern, [message]) : isSeenInTls(pattern, tlsRecord(message)),
    );
    expect(found.map(([name]) => name)).toEqual(want);
  });
});

describe('what is not whole', () => {
  test('is not said to lack a name', () => {
    for (let end = 10; end < tlsRecord(NAMED).length; end++) {
      expect(isSeenInTls({ sni: 'absent' }, tlsRecord(NAMED).slice(0, end))).toBe(false);
    }
  });

  test('is not said to lack a name when its record ends before it does', () => {
    for (let end = 4; end < NAMED.length; end++) {
      const divided = concat(tlsRecord(NAMED.slice(0, end)), tlsRecord(NAMED.slice(end)));
      expect([end, isSeenInTls({ sni: 'absent' }, divided)]).toEqual([end, false]);
    }
  });

  test('is put together by a box that can, over segments, records and datagrams', () => {
    const change: ModelChange = { tls: { recordReassembly: 4096 }, stream: { mode: 'in-order' } };
    const message = NAMELESS;
    const bytes = concat(tlsRecord(message.slice(0, 30)), tlsRecord(message.slice(30)));
    const session = new Session(censor([rule({ sni: 'absent' })], change)).handshake();
    session.send('client', bytes.slice(0, 50));
    expect(session.send('client', bytes.slice(50)).kind).toBe('inject');
    const parts = [message.slice(0, 40), message.slice(40)];
    expect(isSeenInQuic({ sni: 'absent' }, parts, { quic: { crypto: 'reassembled' } })).toBe(true);
    expect(isSeenInQuic({ sni: 'absent' }, parts)).toBe(false);
  });
});

test.each<{ pattern: ClientHelloPattern; why: string }>([
  { pattern: {}, why: 'any' },
  { pattern: { sni: 'present', ech: false }, why: 'sni present, ech false' },
  { pattern: { ciphers: CIPHERS, esni: false }, why: 'esni false, cipher list' },
  { pattern: { ja3: [ja3Text(READ)] }, why: `ja3 ${ja3(READ)}` },
  { pattern: { ja4: [ja4(READ, 't')] }, why: `ja4 ${ja4(READ, 't')}` },
])('a decision says $why', ({ pattern, why }) => {
  const session = new Session(censor([rule(pattern)])).handshake();
  const { decision } = interference(session.send('client', tlsRecord(NAMED)));
  expect(decision).toMatchObject({
    why: `tls.client-hello=${why}`,
    matched: { offset: 5, length: NAMED.length, within: 'segment' },
  });
});

test('of a rule about names and one about the message, the first of the file counts', () => {
  const engine = censor([
    rule({}),
    {
      name: 'name',
      trigger: { observes: 'tls.sni', matches: () => true },
      action: RESET,
    },
  ]);
  const session = new Session(engine).handshake();
  const verdict = session.send('client', tlsRecord(NAMED));
  expect(interference(verdict).decision.rule).toBe('hello');
});

function rule(pattern: ClientHelloPattern) {
  return { name: 'hello', trigger: clientHello(pattern), action: RESET };
}

function isSeenInTls(pattern: ClientHelloPattern, bytes: Uint8Array): boolean {
  return new Session(censor([rule(pattern)])).handshake().send('client', bytes).kind === 'inject';
}

/** Each part in a datagram of its own. */
function isSeenInQuic(
  pattern: ClientHelloPattern,
  parts: readonly Uint8Array[],
  change: ModelChange = {},
): boolean {
  const session = new DatagramSession(censor([rule(pattern)], change), { dstPort: 443 });
  const cuts = parts.slice(0, -1).map((_, i) => concat(...parts.slice(0, i + 1)).length);
  const frames = cryptoFrames(concat(...parts), ...cuts);
  return frames.some((frame, i) => {
    const datagram = clientDatagram({
      dcid: hex`01 02 03 04 05 06 07 08`,
      packetNumber: i,
      frames: [frame],
    });
    return session.send('client', datagram).kind === 'inject';
  });
}
