import { describe, expect, test } from 'vitest';
import { keywords } from '../../src/policy/match/keywords.ts';
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

  test('of a second ClientHello in the flow, once one was whole, is not looked for', () => {
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
