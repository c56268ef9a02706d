import { describe, expect, test } from 'vitest';
import type { DelayAction } from '../../../src/policy/act/delay.ts';
import type { Rule } from '../../../src/policy/rule.ts';
import { censor, nameRule, RESET } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { dnsQuery } from '../../support/dns.ts';
import { httpRequest } from '../../support/packets.ts';
import { Session } from '../../support/session.ts';
import { fateOf, interference, untilOf } from '../../support/verdicts.ts';

const SLOW = httpRequest({ host: 'slow.test' });
const BLOCKED = httpRequest({ host: 'blocked.test' });
const DELAY: DelayAction = { do: 'delay', way: 'both', by: 200 };

describe('every packet from the trigger on goes that much later', () => {
  test.each([
    { way: 'both', want: [300, 500, 700, 900] },
    { way: 'to-server', want: [300, 500, undefined, 900] },
    { way: 'to-client', want: [undefined, undefined, 700, undefined] },
  ] as const)('way $way', ({ way, want }) => {
    const session = new Session(censor([nameRule('http.host', 'slow.test', { ...DELAY, way })]));
    session.handshake();
    const until = [
      untilOf(session.send('client', SLOW, { now: 100 })),
      untilOf(session.send('client', '', { flags: 'A', now: 300 })),
      untilOf(session.send('server', 'answer', { now: 500 })),
      untilOf(session.send('client', '', { flags: 'RA', now: 700 })),
    ];
    expect(until).toEqual(want);
  });

  test('so that the last one does not overtake the others', () => {
    const session = new Session(censor([nameRule('http.host', 'slow.test', DELAY)]));
    session.handshake().send('client', SLOW);
    session.send('server', 'answer', { flags: 'FPA', now: 10 });
    expect(untilOf(session.send('client', '', { flags: 'FA', now: 20 }))).toBe(220);
  });

  test('a datagram too', () => {
    const session = new DatagramSession(censor([nameRule('dns.qname', 'slow.test', DELAY)]));
    expect(untilOf(session.send('client', dnsQuery('slow.test'), 5))).toBe(205);
    expect(untilOf(session.send('client', dnsQuery('slow.test'), 10))).toBe(210);
  });
});

describe('another rule of a delayed flow', () => {
  const rules = [
    nameRule('http.host', 'slow.test', DELAY),
    nameRule('http.host', 'blocked.test', RESET),
    nameRule('http.host', 'good.test', { do: 'pass' as const }),
  ];

  test.each(['packet', 'in-order'] as const)(
    'still acts, and ends get RSTs that they obey, read by %s',
    (mode) => {
      const session = new Session(censor(rules, { stream: { mode } })).handshake();
      session.send('client', SLOW);
      expect(fateOf(session.send('client', BLOCKED))).toBe('drop');
      expect(session.resets).toEqual([
        { to: 'client', isObeyed: true },
        { to: 'server', isObeyed: true },
      ]);
    },
  );

  test('lets its trigger pass no earlier than what is held', () => {
    const session = new Session(censor(rules)).handshake();
    session.send('client', SLOW);
    const verdict = session.send('client', httpRequest({ host: 'good.test' }), { now: 10 });
    expect(untilOf(verdict)).toBe(210);
  });

  test('lets what follows it pass no earlier either, until nothing is held any more', () => {
    const session = new Session(censor(rules)).handshake();
    session.send('client', SLOW);
    session.send('client', httpRequest({ host: 'good.test' }), { now: 10 });
    expect(untilOf(session.send('client', 'more', { now: 20 }))).toBe(210);
    expect(untilOf(session.send('client', '', { flags: 'A', ack: 1, now: 30 }))).toBe(210);
    expect(untilOf(session.send('server', 'answer', { now: 40 }))).toBeUndefined();
    expect(untilOf(session.send('client', '', { flags: 'RA', now: 209 }))).toBe(210);
    expect(untilOf(new Session(censor(rules)).handshake().send('client', 'x'))).toBeUndefined();
  });

  test('lets packets go at once when nothing is held any more', () => {
    const session = new Session(censor(rules)).handshake();
    session.send('client', SLOW);
    session.send('client', httpRequest({ host: 'good.test' }), { now: 10 });
    expect(untilOf(session.send('client', 'more', { now: 210 }))).toBeUndefined();
  });

  test('lets a shorter delay put no packet before those that wait longer', () => {
    const short = nameRule('http.host', 'good.test', { ...DELAY, by: 5 });
    const session = new Session(censor([rules[0] as Rule, short])).handshake();
    session.send('client', SLOW);
    const next = httpRequest({ host: 'good.test' });
    expect(untilOf(session.send('client', next, { now: 10 }))).toBe(210);
    expect(untilOf(session.send('client', 'more', { now: 20 }))).toBe(210);
    expect(untilOf(session.send('client', 'more', { now: 300 }))).toBe(305);
  });

  test('sends its RSTs behind what is held of their direction', () => {
    const session = new Session(censor(rules)).handshake();
    session.send('client', SLOW);
    session.send('server', 'answer', { now: 10 });
    const { packets } = interference(session.send('client', BLOCKED, { now: 20 }));
    // Until 220 the request would have waited, and the RST in its place does.
    expect(packets.map(({ way, notBefore }) => [way, notBefore])).toEqual([
      ['back', 210],
      ['along', 220],
    ]);
  });

  test('sends its RSTs behind a trigger that passes', () => {
    const reset = nameRule('http.host', 'blocked.test', { ...RESET, trigger: 'pass' as const });
    const session = new Session(censor([rules[0] as Rule, reset])).handshake();
    session.send('client', SLOW);
    const verdict = session.send('client', BLOCKED, { now: 20 });
    expect(untilOf(verdict)).toBe(220);
    const { packets } = interference(verdict);
    expect(packets.map(({ way, notBefore }) => [way, notBefore])).toEqual([
      ['back', undefined],
      ['along', 220],
    ]);
  });
});

test('a box that only sees copies holds nothing up', () => {
  const rule = nameRule('http.host', 'slow.test', DELAY);
  const session = new Session(censor([rule], { position: 'on-path' })).handshake();
  expect(untilOf(session.send('client', SLOW))).toBeUndefined();
  expect(session.send('client', 'more').kind).toBe('accept');
});
