import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ThrottleAction } from '../../../src/policy/act/throttle.ts';
import { volume } from '../../../src/policy/match/volume.ts';
import { censor, nameRule } from '../../support/censors.ts';
import { clientHello, httpRequest } from '../../support/packets.ts';
import { Session, type Side } from '../../support/session.ts';
import { fateOf } from '../../support/verdicts.ts';

/** Of IPv4 and TCP, which count. */
const HEADERS = 40;
const HELLO = clientHello({ sni: 'slow.test' });
/** 8 kbit/s is a byte in a millisecond. */
const POLICE: ThrottleAction = {
  do: 'throttle',
  way: 'both',
  rate: 8,
  burst: 1000,
  how: 'police',
};

describe('a policer', () => {
  test('lets a burst through, then what the rate allows, and drops the rest', () => {
    const send = throttled(POLICE);
    expect(send('server', 600, 0)).toBe('accept');
    expect(send('server', 400, 0)).toBe('accept');
    expect(send('server', 40, 0)).toBe('drop');
    expect(send('server', 40, 39)).toBe('drop');
    expect(send('server', 40, 40)).toBe('accept');
    expect(send('server', 40, 79)).toBe('drop');
  });

  test('takes no tokens from what it drops', () => {
    const send = throttled(POLICE);
    send('server', 1000, 0);
    for (let i = 0; i < 50; i++) expect(send('server', 500, 10)).toBe('drop');
    expect(send('server', 60, 60)).toBe('accept');
  });

  test('saves no more than the burst', () => {
    const send = throttled(POLICE);
    expect(send('server', 1000, 100_000)).toBe('accept');
    expect(send('server', 41, 100_000)).toBe('drop');
  });

  test('counts each direction for itself', () => {
    const send = throttled(POLICE);
    expect(send('server', 1000, 0)).toBe('accept');
    expect(send('client', 1000, 0)).toBe('accept');
    expect(send('client', 40, 0)).toBe('drop');
  });

  test.each([
    { way: 'to-client', slow: 'server', free: 'client' },
    { way: 'to-server', slow: 'client', free: 'server' },
  ] as const)('of the way $way lets the other way be', ({ way, slow, free }) => {
    const send = throttled({ ...POLICE, way });
    send(slow, 1000, 0);
    expect(send(slow, 1000, 0)).toBe('drop');
    for (let i = 0; i < 5; i++) expect(send(free, 1000, 0)).toBe('accept');
  });

  test('never lets more through in any time than burst and rate together', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 40, max: 600 }), fc.nat(200)), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (packets) => {
        const send = throttled(POLICE);
        let now = 0;
        let passed = 0;
        for (const [length, wait] of packets) {
          now += wait;
          if (send('server', length, now) === 'accept') passed += length;
          expect(passed).toBeLessThanOrEqual(POLICE.burst + now);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a shaper', () => {
  const SHAPE: ThrottleAction = { ...POLICE, how: 'shape' };

  test('makes each packet wait its turn', () => {
    const session = throttledSession(SHAPE);
    const until = (length: number, now: number): number => {
      const verdict = session.send('server', 'x'.repeat(length - HEADERS), { now });
      return verdict.kind === 'hold' ? verdict.until : 0;
    };
    expect(until(1000, 0)).toBe(0);
    expect(until(100, 0)).toBe(100);
    expect(until(50, 0)).toBe(150);
    expect(until(40, 100)).toBe(190);
    expect(until(100, 300)).toBe(0);
  });

  test('drops what it has no room for, and takes no tokens for that', () => {
    const session = throttledSession(SHAPE);
    const send = (now: number) => session.send('server', 'x'.repeat(1024 - HEADERS), { now });
    const verdicts = Array.from({ length: 2000 }, () => send(0));
    const held = verdicts.filter(({ kind }) => kind === 'hold');
    expect(held).toHaveLength(1024);
    expect(verdicts.filter(({ kind }) => kind === 'drop')).toHaveLength(2000 - 1024);
    // 1 MiB a byte in a millisecond: after that and a burst, it is as if nothing had been.
    expect(fateOf(send(1024 * 1024 + 24))).toBe('accept');
  });
});

describe('once a flow is throttled', () => {
  test('the trigger that comes again gets no new burst, and is not decided on again', () => {
    const engine = censor([nameRule('http.host', 'slow.test', POLICE)]);
    const session = new Session(engine).handshake();
    const request = httpRequest({ host: 'slow.test', after: [`X: ${'x'.repeat(400)}`] });
    const fates = Array.from({ length: 5 }, () => fateOf(session.send('client', request)));
    expect(fates).toEqual(['accept', 'accept', 'accept', 'drop', 'drop']);
    expect(engine.counters.decisions).toBe(1);
  });

  test('a volume that stays exceeded throttles it for good', () => {
    const trigger = volume({ bytesOver: 2000, of: 'both' });
    const engine = censor([{ name: 'volume', trigger, action: POLICE }]);
    const session = new Session(engine).handshake();
    const fates = Array.from({ length: 8 }, () =>
      fateOf(session.send('server', 'x'.repeat(1000 - HEADERS))),
    );
    expect(fates).toEqual(['accept', 'accept', 'accept', 'accept', 'drop', 'drop', 'drop', 'drop']);
    expect(engine.counters.decisions).toBe(1);
  });

  test('other rules still apply to it', () => {
    const engine = censor([
      nameRule('http.host', 'slow.test', POLICE),
      nameRule('http.host', 'blocked.test', { do: 'drop' }),
    ]);
    const session = new Session(engine).handshake();
    session.send('client', httpRequest({ host: 'slow.test' }));
    expect(fateOf(session.send('client', httpRequest({ host: 'blocked.test' })))).toBe('drop');
  });
});

test('a box that only sees copies holds nothing up', () => {
  const session = throttledSession(POLICE, { position: 'on-path' });
  for (let i = 0; i < 5; i++) {
    expect(fateOf(session.send('server', 'x'.repeat(960)))).toBe('accept');
  }
});

function throttledSession(
  action: ThrottleAction,
  change: Parameters<typeof censor>[1] = {},
): Session {
  const session = new Session(censor([nameRule('tls.sni', 'slow.test', action)], change));
  expect(fateOf(session.handshake().send('client', HELLO))).toBe('accept');
  return session;
}

/** Sends IP packets of a length, and says what becomes of them. */
function throttled(action: ThrottleAction): (from: Side, length: number, now: number) => string {
  const session = throttledSession(action);
  return (from, length, now) => fateOf(session.send(from, 'x'.repeat(length - HEADERS), { now }));
}
