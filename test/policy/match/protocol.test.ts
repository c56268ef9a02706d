import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/policy/act/action.ts';
import { protocol } from '../../../src/policy/match/protocol.ts';
import { censor, RESET } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { dnsQuery } from '../../support/dns.ts';
import { ascii, clientHello, concat, hex, httpRequest } from '../../support/packets.ts';
import { CLIENT_INITIAL_V1 } from '../../support/quic-vectors.ts';
import { Session } from '../../support/session.ts';
import { fateOf, interference } from '../../support/verdicts.ts';

const DNS_OVER_TCP = concat(Uint8Array.of(0, dnsQuery('a.example').length), dnsQuery('a.example'));
const FIRST_PAYLOADS = {
  http: httpRequest({ host: 'a.example' }),
  tls: clientHello({ sni: 'a.example' }),
  dns: DNS_OVER_TCP,
  ssh: ascii('SSH-2.0-OpenSSH_9.9\r\n'),
  noise: hex`9f 1c 55 d0 07 e2 41 b8 90 3a 6c f4 21 8d ee 05 77 ab cd ef`,
  'one byte': hex`9f`,
};
const DATAGRAMS = {
  dns: dnsQuery('a.example'),
  quic: CLIENT_INITIAL_V1,
  noise: FIRST_PAYLOADS.noise,
};

/** As Iran's whitelister of 2020: three protocols on three ports; what else is said there does not arrive for a minute. */
const FORGET: Action = { do: 'blackhole', way: 'to-server', trigger: 'pass', duration: 60_000 };
const WHITELISTER = {
  name: 'whitelister',
  trigger: protocol({ not: ['dns', 'http', 'tls'] }),
  direction: 'to-server' as const,
  ports: [53, 80, 443],
  action: FORGET,
};

describe('an allow-list of DNS, HTTP and TLS on three ports', () => {
  test.each<{ name: keyof typeof FIRST_PAYLOADS; want: string }>([
    { name: 'http', want: 'accept' },
    { name: 'tls', want: 'accept' },
    { name: 'dns', want: 'accept' },
    { name: 'ssh', want: 'drop' },
    { name: 'noise', want: 'drop' },
    { name: 'one byte', want: 'drop' },
  ])('after $name: $want', ({ name, want }) => {
    for (const port of [53, 80, 443]) {
      const session = new Session(censor([WHITELISTER]), { server: { port } }).handshake();
      expect(fateOf(session.send('client', FIRST_PAYLOADS[name]))).toBe('accept');
      expect(fateOf(session.send('client', 'more'))).toBe(want);
      expect(fateOf(session.send('server', 'answer'))).toBe('accept');
    }
  });

  test('ends after a minute', () => {
    const session = new Session(censor([WHITELISTER])).handshake();
    session.send('client', FIRST_PAYLOADS.noise);
    expect(fateOf(session.send('client', 'more', { now: 59_999 }))).toBe('drop');
    expect(fateOf(session.send('client', 'more', { now: 60_000 }))).toBe('accept');
  });

  test('does not look at other ports', () => {
    const session = new Session(censor([WHITELISTER]), { server: { port: 22 } }).handshake();
    expect(session.send('client', FIRST_PAYLOADS.ssh).kind).toBe('accept');
  });

  test('does not look at what the server says first', () => {
    const session = new Session(censor([WHITELISTER])).handshake();
    expect(session.send('server', FIRST_PAYLOADS.ssh).kind).toBe('accept');
  });

  test('decides by the first payload alone', () => {
    const session = new Session(censor([WHITELISTER])).handshake();
    session.send('client', FIRST_PAYLOADS.http);
    expect(session.send('client', FIRST_PAYLOADS.noise).kind).toBe('accept');
  });
});

describe('a list of protocols that are blocked', () => {
  const rule = { name: 'ssh', trigger: protocol({ is: ['ssh', 'quic'] }), action: RESET };

  test.each(Object.entries(FIRST_PAYLOADS))('%s over TCP', (name, payload) => {
    for (const mode of ['packet', 'first-payload', 'in-order'] as const) {
      const session = new Session(censor([rule], { stream: { mode } })).handshake();
      expect(session.send('client', payload).kind).toBe(name === 'ssh' ? 'inject' : 'accept');
    }
  });

  test.each(Object.entries(DATAGRAMS))('%s over UDP', (name, payload) => {
    const session = new DatagramSession(censor([rule]));
    expect(session.send('client', payload).kind).toBe(name === 'quic' ? 'inject' : 'accept');
  });
});

describe('a rule that says no direction looks at what clients say', () => {
  const allowList = { name: 'others', trigger: protocol({ not: ['http', 'tls'] }), action: RESET };

  test.each([
    { name: 'http', answer: ascii('HTTP/1.1 200 OK\r\n\r\n') },
    { name: 'tls', answer: hex`15 03 03 00 02 02 28` },
  ] as const)('so an answer over $name is none of its business', ({ name, answer }) => {
    const session = new Session(censor([allowList])).handshake();
    session.send('client', FIRST_PAYLOADS[name]);
    expect(session.send('server', answer).kind).toBe('accept');
  });

  test('unless it says that it is about servers', () => {
    const rule = { ...allowList, direction: 'to-client' as const };
    const session = new Session(censor([rule])).handshake();
    expect(session.send('client', FIRST_PAYLOADS.noise).kind).toBe('accept');
    expect(session.send('server', FIRST_PAYLOADS.noise).kind).toBe('inject');
  });
});

test('a decision names the protocol', () => {
  const engine = censor([
    { name: 'unknown', trigger: protocol({ is: ['unknown'] }), action: RESET },
    { name: 'http', trigger: protocol({ is: ['http'] }), action: RESET },
  ]);
  const session = new Session(engine).handshake();
  const { decision } = interference(session.send('client', FIRST_PAYLOADS.http));
  expect(decision).toMatchObject({ rule: 'http', why: 'protocol=http', matched: { offset: 0 } });
});
