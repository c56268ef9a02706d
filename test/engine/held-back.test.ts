import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import type { Action } from '../../src/policy/act/action.ts';
import type { DelayAction } from '../../src/policy/act/delay.ts';
import type { Model } from '../../src/policy/model.ts';
import { censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { DatagramSession } from '../support/datagram-session.ts';
import { dnsQuery } from '../support/dns.ts';
import { httpRequest } from '../support/packets.ts';
import { type Ends, Session } from '../support/session.ts';
import { fateOf, untilOf } from '../support/verdicts.ts';

/* What is held back of a flow, and what waits behind it. */

const SLOW = httpRequest({ host: 'slow.test' });
const BLOCKED = httpRequest({ host: 'blocked.test' });
const DELAY: DelayAction = { do: 'delay', way: 'both', by: 200 };
/** Of IPv4 and TCP. */
const HEADERS = 40;
const SLOWLY = nameRule('http.host', 'slow.test', DELAY);

test('before 1970, nothing waits but what a rule holds back', () => {
  const session = new Session(censor([SLOWLY]));
  expect(untilOf(session.send('client', '', { flags: 'S', now: -1000 }))).toBeUndefined();
  expect(untilOf(session.send('server', '', { flags: 'SA', now: -990 }))).toBeUndefined();
  expect(untilOf(session.send('client', SLOW, { now: -980 }))).toBe(-780);
  const datagrams = new DatagramSession(censor([]));
  expect(untilOf(datagrams.send('client', dnsQuery('fast.test'), -1000))).toBeUndefined();
});

describe('nothing overtakes what is held back of a flow', () => {
  const start = (change: ModelChange = {}) => {
    const engine = censor([SLOWLY], change);
    const session = new Session(engine).handshake();
    session.send('client', SLOW);
    return { engine, session };
  };

  test('though the box does not believe it', () => {
    const good = nameRule('http.host', 'good.test', { do: 'pass' });
    const engine = censor([SLOWLY, good], { validate: { flags: 'require-ack' } });
    const session = new Session(engine).handshake();
    session.send('client', SLOW);
    session.send('client', httpRequest({ host: 'good.test' }), { now: 10 });
    expect(untilOf(session.send('client', 'more', { flags: 'P', now: 20 }))).toBe(210);
    expect(engine.ignored).toBe('no-ack-flag');
    expect(untilOf(session.send('client', 'more', { flags: 'P', now: 210 }))).toBeUndefined();
  });

  test('in datagrams', () => {
    const rules = [
      nameRule('dns.qname', 'slow.test', DELAY),
      nameRule('dns.qname', 'good.test', { do: 'pass' }),
    ];
    const session = new DatagramSession(censor(rules));
    expect(untilOf(session.send('client', dnsQuery('slow.test'), 0))).toBe(200);
    expect(untilOf(session.send('client', dnsQuery('good.test'), 10))).toBe(210);
    expect(untilOf(session.send('client', dnsQuery('other.test'), 20))).toBe(210);
    expect(untilOf(session.send('server', dnsQuery('other.test'), 20))).toBeUndefined();
  });

  test.each<{ name: string; sent: (one: Session, engine: Engine) => void; match?: Match }>([
    {
      name: 'a RST',
      sent: (one) => one.send('client', '', { flags: 'R', offset: 5000, now: 10 }),
    },
    { name: 'a FIN', sent: (one) => one.send('client', '', { flags: 'FA', now: 10 }) },
    {
      name: 'a RST of other ports',
      sent: (_, engine) =>
        new Session(engine, { client: { port: 9 } }).send('client', '', { flags: 'R', now: 10 }),
      match: 'ports-ignored',
    },
  ])('when the box forgets it by $name', ({ sent, match = '4tuple' }) => {
    const { engine, session } = start({
      tcb: { teardown: { on: ['rst', 'fin'], match, does: 'forget' } },
    });
    sent(session, engine);
    const until = match === '4tuple' ? 210 : 200;
    expect(untilOf(session.send('client', 'more', { now: 20 }))).toBe(until);
    expect(untilOf(session.send('client', 'more', { now: until }))).toBeUndefined();
  });

  test('after both FINs, until nothing is held back', () => {
    const { engine, session } = start();
    session.send('server', 'answer', { flags: 'FPA', now: 10 });
    session.send('client', '', { flags: 'FA', now: 20 });
    expect(untilOf(session.send('client', '', { flags: 'RA', now: 30 }))).toBe(230);
    expect(untilOf(session.send('client', '', { flags: 'RA', now: 230 }))).toBeUndefined();
    expect(engine.flowCount).toBe(0);
  });

  test('after a FIN that the box does not believe', () => {
    const { session } = start({ validate: { seq: 'exact' } });
    session.send('server', 'answer', { now: 5 });
    session.send('client', '', { flags: 'FA', now: 10 });
    session.send('server', 'swer', { flags: 'FPA', offset: 2, now: 20 });
    expect(untilOf(session.send('client', '', { flags: 'RA', now: 30 }))).toBe(230);
  });

  test('after a RST that ends it', () => {
    const { session } = start();
    session.send('client', '', { flags: 'RA', now: 20 });
    expect(untilOf(session.send('client', 'again', { offset: 0, now: 30 }))).toBe(220);
    expect(untilOf(session.send('client', '', { flags: 'RA', now: 219 }))).toBe(220);
    expect(untilOf(session.send('server', 'answer', { now: 219 }))).toBeUndefined();
  });

  test('after a timeout', () => {
    const { session } = start({ tcb: { idleTimeout: 100 } });
    expect(untilOf(session.send('client', 'more', { now: 150 }))).toBe(350);
  });
});

describe('a SYN that begins another session waits for nothing of the one before:', () => {
  const rules = [SLOWLY, nameRule('http.host', 'blocked.test', RESET)];
  test.each<{ name: string; end: (one: Session) => void; ends?: Ends; change?: ModelChange }>([
    {
      name: 'in a flow that is silenced',
      end: (one) => expect(fateOf(one.send('client', BLOCKED, { now: 10 }))).toBe('drop'),
    },
    { name: 'where it replaces that one', end: () => undefined, ends: { client: { isn: 7 } } },
    { name: 'where it comes from the other end', end: () => undefined, ends: turnedRound() },
    {
      name: 'where the box has forgotten that one',
      end: (one) => one.send('client', '', { flags: 'R', offset: 5000, now: 10 }),
      ends: { client: { isn: 7 } },
      change: { tcb: { onSecondSyn: 'ignore' } },
    },
  ])('$name', ({ end, ends = {}, change = {} }) => {
    const engine = censor(rules, change);
    const one = new Session(engine).handshake();
    expect(untilOf(one.send('client', SLOW, { now: 1 }))).toBe(201);
    expect(untilOf(one.send('server', 'answer', { now: 5 }))).toBe(205);
    end(one);
    const next = new Session(engine, ends);
    const verdicts = [
      next.send('client', '', { flags: 'S', now: 20 }),
      next.send('server', '', { flags: 'SA', now: 30 }),
      next.send('client', 'hello', { now: 40 }),
      next.send('server', 'hello', { now: 50 }),
    ];
    expect(verdicts.map(untilOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('behind a backlog, no more waits than a shaper holds, after', () => {
  const shape = { do: 'throttle', way: 'both', rate: 8, burst: 1000, how: 'shape' } as const;
  test.each<{ name: string; next?: Action }>([
    { name: 'a rule that lets the flow pass', next: { do: 'pass' } },
    { name: 'a shorter delay', next: { ...DELAY, by: 1 } },
    { name: 'a RST by which the box forgets it' },
  ])('$name', ({ next }) => {
    const rules = [nameRule('http.host', 'slow.test', shape)];
    if (next !== undefined) rules.push(nameRule('http.host', 'next.test', next));
    const engine = censor(rules);
    const session = new Session(engine).handshake();
    session.send('client', SLOW);
    expect(fateOf(session.send('client', 'x'.repeat(1400)))).toBe('hold');
    if (next === undefined) session.send('client', '', { flags: 'R', offset: 5000, now: 1 });
    else session.send('client', httpRequest({ host: 'next.test' }), { now: 1 });
    const fates = Array.from({ length: 100 }, () =>
      fateOf(session.send('client', 'x'.repeat(16_384 - HEADERS), { now: 2 })),
    );
    expect([fates.lastIndexOf('hold'), fates.indexOf('drop')]).toEqual([63, 64]);
    expect(engine.counters.dropped).toBe(36);
    expect(fateOf(session.send('server', 'answer', { now: 3 }))).not.toBe('drop');
  });
});

type Match = Model['tcb']['teardown']['match'];

/** The server of the other sessions is the client. */
function turnedRound(): Ends {
  const { client, server } = new Session(censor([]));
  return { client: server, server: client };
}
