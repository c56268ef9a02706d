import { decode, type Packet, streamDecode } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import type { DnsAction } from '../../../src/policy/act/dns.ts';
import { censor, type ModelChange, nameRule } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { hasRightUdpChecksums } from '../../support/datagrams.ts';
import { dnsMessage, dnsQuery } from '../../support/dns.ts';
import { addressBytes, concat } from '../../support/packets.ts';
import { type Ends, Session } from '../../support/session.ts';
import { TcpEnd } from '../../support/tcp-end.ts';
import { fateOf, interference, madeUp, payloadOf } from '../../support/verdicts.ts';

const LIE: DnsAction = {
  do: 'dns',
  rcode: 'noerror',
  answers: [
    { type: 'A', address: addressBytes('10.10.34.35'), ttl: 300 },
    { type: 'AAAA', address: addressBytes('d0::11'), ttl: 60 },
  ],
  count: 1,
  delay: 0,
  ttl: 53,
  ipId: 0x4242,
};
const ON_PATH: ModelChange = { position: 'on-path' };
const QUERY = dnsQuery('www.blocked.test');
const ANSWER = dnsMessage({
  type: 'response',
  questions: [{ type: 'A', name: 'www.blocked.test' }],
  answers: [{ type: 'A', name: 'www.blocked.test', data: '203.0.113.1' }],
});
const IPV4 = { src: '10.0.0.1', dst: '198.18.0.53' };
const IPV6 = { src: '2001:db8::1', dst: '2001:db8:1::53' };

describe.each([IPV4, IPV6])('a query from $src', (ends) => {
  test('in path does not arrive; the lie comes back, as from the resolver', () => {
    const verdict = new DatagramSession(liar(), ends).send('client', QUERY);
    expect(fateOf(verdict)).toBe('drop');
    const [lie] = madeUp(verdict);
    expect(lie).toMatchObject({ isUdp: true, srcPort: 53, dstPort: 5353, ttl: 53 });
    expect(lie && hasRightUdpChecksums(lie.bytes)).toBe(true);
    expect(interference(verdict).packets.map(({ way }) => way)).toEqual(['back']);
    expect(lie && decode(Buffer.from(payloadOf(lie)))).toMatchObject({
      id: 0x1234,
      type: 'response',
      rcode: 'NOERROR',
      questions: [{ name: 'www.blocked.test', type: 'A' }],
      answers: [{ name: 'www.blocked.test', type: 'A', ttl: 300, data: '10.10.34.35' }],
    });
  });

  test('on path arrives, and the lie races the answer, which is left alone', () => {
    const session = new DatagramSession(liar({}, ON_PATH), ends);
    const verdict = session.send('client', QUERY);
    expect(fateOf(verdict)).toBe('accept');
    expect(liesIn(verdict)).toMatchObject([{ answers: [{ data: '10.10.34.35' }] }]);
    expect(session.send('server', ANSWER).kind).toBe('accept');
  });

  test('that was let through is answered with a lie in place of the answer, in path', () => {
    const rule = nameRule('dns.qname', 'blocked.test', LIE, { direction: 'to-client' });
    const session = new DatagramSession(censor([rule]), ends);
    expect(session.send('client', QUERY).kind).toBe('accept');
    const verdict = session.send('server', ANSWER);
    expect(fateOf(verdict)).toBe('replace');
    expect(interference(verdict)).toMatchObject({
      packets: [{ way: 'along' }],
      decision: { flow: { direction: 'to-client' }, injected: [{ to: 'client' }] },
    });
    expect(liesIn(verdict)).toMatchObject([{ id: 0x1234, answers: [{ data: '10.10.34.35' }] }]);
    expect(madeUp(verdict)).toMatchObject([{ srcPort: 53, dstPort: 5353 }]);
  });

  test('that was let through is answered twice, on path', () => {
    const rule = nameRule('dns.qname', 'blocked.test', LIE, { direction: 'to-client' });
    const session = new DatagramSession(censor([rule], ON_PATH), ends);
    session.send('client', QUERY);
    const verdict = session.send('server', ANSWER);
    expect(fateOf(verdict)).toBe('accept');
    expect(interference(verdict).packets.map(({ way }) => way)).toEqual(['along']);
  });
});

describe('what is said', () => {
  test.each([
    { rcode: 'nxdomain', want: 'NXDOMAIN' },
    { rcode: 'refused', want: 'REFUSED' },
    { rcode: 'servfail', want: 'SERVFAIL' },
    { rcode: 'noerror', want: 'NOERROR' },
  ] as const)('may be $want, without records', ({ rcode, want }) => {
    const verdict = new DatagramSession(liar({ rcode, answers: [] })).send('client', QUERY);
    expect(liesIn(verdict)).toMatchObject([{ rcode: want, answers: [] }]);
    const answer = rcode === 'noerror' ? 'empty' : rcode;
    expect(interference(verdict).decision.injected).toEqual([{ to: 'client', answer }]);
  });

  test.each([
    { type: 'A', want: ['10.10.34.35'], answer: '10.10.34.35' },
    { type: 'AAAA', want: ['d0::11'], answer: 'd0::11' },
    { type: 'MX', want: [], answer: 'empty' },
  ] as const)('to a question for $type is $answer', ({ type, want, answer }) => {
    const query = dnsMessage({ questions: [{ type, name: 'blocked.test' }] });
    const verdict = new DatagramSession(liar()).send('client', query);
    const data = liesIn(verdict).flatMap(({ answers = [] }) =>
      answers.map((record) => ('data' in record ? record.data : undefined)),
    );
    expect(data).toEqual(want);
    expect(interference(verdict).decision.injected).toEqual([{ to: 'client', answer }]);
  });

  test('is said as often as `count` says, each with a TTL of its own', () => {
    const action = { count: 3, ttl: [40, 200] as const, ipId: 'random' as const, delay: 2 };
    const verdict = new DatagramSession(liar(action)).send('client', QUERY);
    const lies = madeUp(verdict);
    expect(lies).toHaveLength(3);
    expect(new Set(lies.map(({ ipId }) => ipId)).size).toBe(3);
    for (const { ttl } of lies) expect(ttl >= 40 && ttl <= 200).toBe(true);
    expect(interference(verdict).packets.map(({ delay }) => delay)).toEqual([2, 2, 2]);
  });

  test('is the same for every query of a pair of ports', () => {
    const session = new DatagramSession(liar());
    for (let i = 0; i < 3; i++) expect(liesIn(session.send('client', QUERY))).toHaveLength(1);
    expect(session.send('client', dnsQuery('allowed.test')).kind).toBe('accept');
  });
});

describe('over TCP', () => {
  const overTcp = (message: Uint8Array): Uint8Array =>
    concat(Uint8Array.of(message.length >>> 8, message.length), message);
  const DNS = { udp: false, tcp: true, ports: [53] };
  const TCP_ENDS: Ends = { server: { port: 53 } };

  test.each(['packet', 'in-order'] as const)('the client accepts the lie, read by %s', (mode) => {
    const session = new Session(liar({}, { dns: DNS, stream: { mode } }), TCP_ENDS).handshake();
    const query = overTcp(QUERY);
    const verdict = session.send('client', query);
    expect(fateOf(verdict)).toBe('drop');
    const client = new TcpEnd(session.seq('server', 0), session.seq('client', query.length));
    for (const injection of interference(verdict).packets) client.take(injection);
    expect(streamDecode(Buffer.from(client.received, 'latin1'))).toMatchObject({
      answers: [{ data: '10.10.34.35' }],
    });
  });

  test('it accepts that to a second query too, which acknowledges the first lie', () => {
    const session = new Session(liar({}, { dns: DNS }), TCP_ENDS).handshake();
    const query = overTcp(QUERY);
    const client = new TcpEnd(session.seq('server', 0), session.seq('client', query.length));
    for (const injection of interference(session.send('client', query)).packets)
      client.take(injection);
    const verdict = session.send('client', query, { ack: client.expects });
    const again = new TcpEnd(client.expects, session.seq('client', 2 * query.length));
    for (const injection of interference(verdict).packets) again.take(injection);
    expect(again.received).toBe(client.received);
  });

  test('an answer sets off a rule about answers', () => {
    const rule = nameRule('dns.qname', 'blocked.test', LIE, { direction: 'to-client' });
    const session = new Session(censor([rule], { dns: DNS }), TCP_ENDS).handshake();
    expect(session.send('client', overTcp(QUERY)).kind).toBe('accept');
    const verdict = session.send('server', overTcp(ANSWER));
    const client = new TcpEnd(session.seq('server', 0), session.expects('server'));
    for (const injection of interference(verdict).packets) client.take(injection);
    expect(fateOf(verdict)).toBe('drop');
    expect(client.received).toContain('blocked');
  });

  test.each([
    { name: 'another port', change: { dns: DNS }, port: 5353 },
    { name: 'a box that reads only datagrams', change: { dns: { ...DNS, tcp: false } }, port: 53 },
  ])('nothing is said on $name', ({ change, port }) => {
    const session = new Session(liar({}, change), { server: { port } }).handshake();
    expect(session.send('client', overTcp(QUERY)).kind).toBe('accept');
  });
});

function liar(action: Partial<DnsAction> = {}, change: ModelChange = {}) {
  return censor([nameRule('dns.qname', 'blocked.test', { ...LIE, ...action })], change);
}

function liesIn(verdict: Parameters<typeof madeUp>[0]): Packet[] {
  return madeUp(verdict).map((packet) => decode(Buffer.from(payloadOf(packet))));
}
