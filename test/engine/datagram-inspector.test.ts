import { describe, expect, test } from 'vitest';
import { printable } from '../../src/base/bytes.ts';
import { Engine } from '../../src/engine/engine.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Observation, ObservationKind } from '../../src/policy/observation.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsMessage, dnsQuery, OPT } from '../support/dns.ts';
import { ascii, clientHelloMessage, hex } from '../support/packets.ts';
import { clientDatagram, cryptoFrames, PING, padding } from '../support/quic.ts';
import { CHROMIUM_FIRST, CHROMIUM_SECOND } from '../support/quic-chromium.ts';
import { fateOf } from '../support/verdicts.ts';

const NAME = 'www.blocked.test';
const DCID = hex`01 02 03 04 05 06 07 08`;
const MESSAGE = clientHelloMessage({ sni: NAME });
const CUT = Buffer.from(MESSAGE).indexOf(NAME) + 5;
const [FIRST_HALF, SECOND_HALF] = cryptoFrames(MESSAGE, CUT) as [Uint8Array, Uint8Array];

describe('a name in QUIC', () => {
  const whole = [initial(0, FIRST_HALF, SECOND_HALF)];
  const reversed = [initial(0, SECOND_HALF, PING, padding(3), FIRST_HALF)];
  const inTwo = [initial(0, FIRST_HALF), initial(1, SECOND_HALF)];
  const inTwoReversed = [initial(1, SECOND_HALF), initial(0, FIRST_HALF)];
  const noise = [ascii('x'.repeat(1200)), ...whole];
  const again = [initial(0, FIRST_HALF), initial(0, FIRST_HALF), initial(1, SECOND_HALF)];

  test.each([
    { name: 'in one datagram', datagrams: whole, first: true, reassembled: true },
    { name: 'in one datagram, out of order', datagrams: reversed, first: true, reassembled: true },
    { name: 'in two datagrams', datagrams: inTwo, first: false, reassembled: true },
    { name: 'in two, out of order', datagrams: inTwoReversed, first: false, reassembled: true },
    { name: 'in two, the first one twice', datagrams: again, first: false, reassembled: true },
    {
      name: 'after a datagram of something else',
      datagrams: noise,
      first: false,
      reassembled: true,
    },
    {
      name: 'as Chromium deals it out',
      datagrams: [CHROMIUM_FIRST, CHROMIUM_SECOND],
      first: false,
      reassembled: true,
    },
  ])(
    '$name: first-datagram $first, reassembled $reassembled',
    ({ datagrams, first, reassembled }) => {
      const isSeen = (crypto: 'first-datagram' | 'reassembled'): boolean => {
        const session = quic({ quic: { crypto } });
        return datagrams
          .map((datagram) => session.send('client', datagram).kind)
          .includes('inject');
      };
      expect([isSeen('first-datagram'), isSeen('reassembled')]).toEqual([first, reassembled]);
    },
  );

  test('has every later datagram of the flow dropped, if the action says so, and none of another', () => {
    const engine = quicEngine();
    const session = new DatagramSession(engine, { dstPort: 443 });
    const [datagram] = whole as [Uint8Array];
    expect(fateOf(session.send('client', datagram))).toBe('drop');
    expect(fateOf(session.send('client', datagram))).toBe('drop');
    expect(fateOf(session.send('server', ascii('x')))).toBe('drop');
    const other = new DatagramSession(engine, { dstPort: 443, srcPort: 9 });
    expect(fateOf(other.send('client', ascii('x')))).toBe('accept');
  });

  test('of a second connection, for a box that takes a flow for one, is not looked for', () => {
    const other = clientHelloMessage({ sni: 'allowed.test' });
    const session = quic({ quic: { crypto: 'reassembled' } });
    session.send('client', initial(0, ...cryptoFrames(other)));
    expect(fateOf(session.send('client', whole[0] as Uint8Array))).toBe('accept');
  });

  test('is not looked for on ports that the model leaves out', () => {
    const fate = (ports: readonly number[]): string =>
      fateOf(quic({ ports }).send('client', whole[0] as Uint8Array));
    expect([fate([443]), fate([80])]).toEqual(['drop', 'accept']);
  });
});

describe('a box that tells QUIC connections apart by ID', () => {
  const ids: ModelChange = { quic: { crypto: 'reassembled', connections: 'ids' } };
  const OTHER = hex`11 12 13 14 15 16 17 18`;
  const allowed = cryptoFrames(clientHelloMessage({ sni: 'allowed.test' }), 60);
  const decoy = (dcid: Uint8Array): Uint8Array => clientDatagram({ dcid, frames: allowed });
  const partOfDecoy = (dcid: Uint8Array): Uint8Array =>
    clientDatagram({ dcid, frames: allowed.slice(0, 1) });
  const idOf = (i: number): Uint8Array => Uint8Array.from([0, 0, 0, 0, 0, 0, i >> 8, i & 0xff]);
  const many = (count: number, of: (dcid: Uint8Array) => Uint8Array): Uint8Array[] =>
    Array.from({ length: count }, (_, i) => of(idOf(i)));
  const junk = clientDatagram({ dcid: OTHER, keysFrom: DCID, frames: [PING] });
  const real = initial(0, FIRST_HALF, SECOND_HALF);
  const inTwo = [initial(0, FIRST_HALF), initial(1, SECOND_HALF)] as const;

  test.each([
    { name: 'a decoy for another name', before: [decoy(OTHER)], rest: [real] },
    { name: 'a decoy under the same connection ID', before: [decoy(DCID)], rest: [real] },
    { name: 'half a decoy', before: [partOfDecoy(OTHER)], rest: [real] },
    { name: 'half a decoy under the same ID', before: [partOfDecoy(DCID)], rest: inTwo },
    { name: '300 decoys', before: many(300, decoy), rest: [real] },
    { name: '300 halves of decoys', before: many(300, partOfDecoy), rest: inTwo },
    { name: '200 that nothing opens', before: many(200, () => junk), rest: [real] },
    {
      name: 'decoys between its parts',
      before: [inTwo[0], decoy(OTHER), ...many(200, partOfDecoy)],
      rest: [inTwo[1]],
    },
    {
      name: 'hundreds that can be read among those that cannot',
      before: many(500, (dcid) => (dcid[7] === 0 ? decoy(dcid) : junk)),
      rest: [real],
    },
  ])('sees the name behind $name', ({ before, rest }) => {
    const session = quic(ids);
    for (const datagram of before) {
      expect(session.send('client', datagram).kind).toBe('accept');
    }
    const kinds = rest.map((datagram) => session.send('client', datagram).kind);
    expect(kinds.at(-1)).toBe('inject');
  });

  test('stops where one flow has shown 256 Initials in a row that nothing opens', () => {
    const session = quic(ids);
    for (let i = 0; i < 256; i++) session.send('client', junk);
    expect(session.send('client', real).kind).toBe('accept');
  });

  test('tells each ClientHello once, in order, though it is sent again', () => {
    const told: string[] = [];
    const observer = {
      asksAbout: (kind: ObservationKind) => kind === 'quic.sni' || kind === 'tls.client-hello',
      observe: ({ kind, bytes, at, end }: Observation) => {
        told.push(kind === 'quic.sni' ? printable(bytes, at, end) : kind);
      },
    };
    const policy = { model: PRESETS.strict, rules: [] };
    const session = new DatagramSession(new Engine({ policy, observer }), { dstPort: 443 });
    const datagrams = [decoy(OTHER), inTwo[0], inTwo[0], inTwo[1], decoy(OTHER), ...inTwo];
    for (const datagram of datagrams) session.send('client', datagram);
    expect(told).toEqual(['allowed.test', 'tls.client-hello', NAME, 'tls.client-hello']);
  });
});

describe('a name that is asked for', () => {
  const dns = (change: ModelChange = {}, dstPort = 53): DatagramSession => {
    const rule = nameRule('dns.qname', 'blocked.test', { do: 'drop' });
    return new DatagramSession(censor([rule], change), { dstPort });
  };
  const question = { type: 'A' as const, name: NAME };

  test.each<{ name: string; change?: ModelChange; port?: number; want: string }>([
    { name: 'on its port', want: 'drop' },
    { name: 'on another', port: 5353, want: 'accept' },
    { name: 'on any', change: { dns: { ports: 'any' } }, port: 5353, want: 'drop' },
    { name: 'on one of a list', change: { dns: { ports: [53, 5353] } }, port: 5353, want: 'drop' },
    { name: 'by a box that does not look', change: { dns: { udp: false } }, want: 'accept' },
    { name: 'by a box that looks at no such port', change: { ports: [443] }, want: 'accept' },
    {
      name: 'by a box that looks the other way',
      change: { direction: 'to-client' },
      want: 'accept',
    },
  ])('$name: $want', ({ change = {}, port = 53, want }) => {
    expect(fateOf(dns(change, port).send('client', dnsQuery(NAME)))).toBe(want);
  });

  test.each([
    {
      name: 'one question',
      message: dnsMessage({ questions: [question] }),
      lax: 'drop',
      strict: 'drop',
    },
    {
      name: 'EDNS',
      message: dnsMessage({ questions: [question], additionals: [OPT] }),
      lax: 'drop',
      strict: 'drop',
    },
    {
      name: 'two questions',
      message: dnsMessage({ questions: [question, question] }),
      lax: 'drop',
      strict: 'accept',
    },
    {
      name: 'an answer in the query',
      message: dnsMessage({
        questions: [question],
        answers: [{ type: 'A', name: NAME, data: '192.0.2.1' }],
      }),
      lax: 'drop',
      strict: 'accept',
    },
    { name: 'no DNS', message: ascii(NAME), lax: 'accept', strict: 'accept' },
  ])('with $name: $lax, for a strict box $strict', ({ message, lax, strict }) => {
    const fate = (qdStrict: boolean): string =>
      fateOf(dns({ dns: { qdStrict } }).send('client', message));
    expect([fate(false), fate(true)]).toEqual([lax, strict]);
  });

  test('is compared in any letter case, as resolvers mix it', () => {
    expect(fateOf(dns().send('client', dnsQuery('wWw.BlOcKed.tEst')))).toBe('drop');
  });
});

test('a keyword in any datagram is seen, either way', () => {
  const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
  for (const side of ['client', 'server'] as const) {
    const session = new DatagramSession(censor([{ name: 'raw', trigger, action: RESET }]));
    session.send('client', ascii('first'));
    expect(session.send(side, ascii('a secret')).kind).toBe('inject');
  }
});

test('RSTs are not for datagrams; these are dropped, in path', () => {
  const trigger = keywords('payload', { keywords: ['secret'], patterns: [] });
  const rule = { name: 'raw', trigger, action: RESET };
  const verdict = new DatagramSession(censor([rule])).send('client', ascii('a secret'));
  expect(verdict).toMatchObject({ original: 'drop', packets: [] });
});

function initial(packetNumber: number, ...frames: readonly Uint8Array[]): Uint8Array {
  return clientDatagram({ dcid: DCID, packetNumber, frames });
}

function quicEngine(change: ModelChange = {}) {
  const rules = ['blocked.test', 'example.org'].map((name) => nameRule('quic.sni', name, RESET));
  return censor(rules, change);
}

function quic(change: ModelChange = {}): DatagramSession {
  return new DatagramSession(quicEngine(change), { dstPort: 443 });
}
