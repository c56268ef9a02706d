import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { censor, nameRule, RESET } from '../support/censors.ts';
import { clientHello, httpRequest, tcpFrame } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { madeUp } from '../support/verdicts.ts';

const HELLO = clientHello({ sni: 'blocked.test' });
const FLOWS = 10_000;
const FRAMES = Array.from({ length: FLOWS }, (_, i) =>
  tcpFrame({
    src: `10.0.${i % 7}.${i % 251}`,
    dst: '198.18.0.80',
    srcPort: 1024 + i,
    dstPort: 443,
    seq: 1,
    ack: 1,
    flags: 'PA',
    payload: HELLO,
  }),
);

describe('a rule with a probability', () => {
  test.each([0.01, 0.26, 0.5, 0.9])('acts on a share of %f of flows', (probability) => {
    for (const seed of [1, 2]) {
      const hits = decisions(lottery(probability, seed)).filter((isHit) => isHit).length;
      // Four standard deviations of the binomial distribution.
      const spread = 4 * Math.sqrt(FLOWS * probability * (1 - probability));
      expect(Math.abs(hits - FLOWS * probability)).toBeLessThan(spread);
    }
  });

  test('acts on all, or none, if it says 1 or 0', () => {
    expect(decisions(lottery(1, 1), 100)).not.toContain(false);
    expect(decisions(lottery(0, 1), 100)).not.toContain(true);
  });

  test('decides the same with the same seed, and otherwise with another', () => {
    const first = decisions(lottery(0.5, 7), 200);
    expect(decisions(lottery(0.5, 7), 200)).toEqual(first);
    expect(decisions(lottery(0.5, 8), 200)).not.toEqual(first);
  });

  test('decides the same wherever its flows lie', () => {
    const first = decisions(lottery(0.5, 7), 200);
    for (const salt of [1, 0xffff_ffff])
      expect(decisions(lottery(0.5, 7, salt), 200)).toEqual(first);
  });

  test('decides about each flow for itself, whatever came between', () => {
    const [all, some] = [lottery(0.5, 7), lottery(0.5, 7)];
    const first = decisions(all, 200);
    const odd = first.filter((_, i) => i % 2 === 1);
    expect(Array.from({ length: 100 }, (_, i) => isBlocked(some, 2 * i + 1))).toEqual(odd);
  });

  test('decides once for each flow', () => {
    const engine = censor(
      [nameRule('http.host', 'blocked.test', { ...RESET, rest: 'pass' }, { probability: 0.5 })],
      {},
      { seed: 3 },
    );
    for (let port = 1; port <= 50; port++) {
      const session = new Session(engine, { client: { port } }).handshake();
      const kinds = Array.from(
        { length: 8 },
        () => session.send('client', httpRequest({ host: 'blocked.test' }), { offset: 0 }).kind,
      );
      expect(new Set(kinds).size).toBe(1);
    }
  });

  test('decides on its own, whatever other rules there are', () => {
    const other = nameRule('tls.sni', 'other.test', RESET, { probability: 0.5 });
    const rule = nameRule('tls.sni', 'blocked.test', RESET, { probability: 0.5 });
    const asFirst = decisions(censor([rule, other], {}, { seed: 1 }));
    const asSecond = decisions(censor([other, rule], {}, { seed: 1 }));
    expect(asSecond).toEqual(asFirst);
    const renamed = decisions(censor([{ ...rule, name: 'another' }], {}, { seed: 1 }));
    const agreeing = asFirst.filter((isHit, i) => isHit === renamed[i]).length;
    expect(Math.abs(agreeing - FLOWS / 2)).toBeLessThan(4 * Math.sqrt(FLOWS / 4));
  });
});

describe('numbers that are drawn for a packet', () => {
  const ttls = (engine: Engine, port: number): number[] => {
    const session = new Session(engine, { client: { port } }).handshake();
    return madeUp(session.send('client', HELLO)).map(({ ttl }) => ttl);
  };
  const drawing = (seed: number): Engine =>
    censor(
      [nameRule('tls.sni', 'blocked.test', { ...RESET, count: 4, ttl: [30, 250] })],
      {},
      { seed },
    );

  test('belong to the flow: what other flows drew does not matter', () => {
    const [busy, idle] = [drawing(1), drawing(1)];
    for (let port = 1; port < 20; port++) ttls(busy, port);
    expect(ttls(busy, 20)).toEqual(ttls(idle, 20));
    expect(ttls(drawing(2), 20)).not.toEqual(ttls(drawing(1), 20));
  });

  test('lie in their range, and reach all of it', () => {
    const engine = censor(
      [nameRule('tls.sni', 'blocked.test', { ...RESET, count: 8, ttl: [60, 63] })],
      {},
      { seed: 5 },
    );
    const drawn = new Set(Array.from({ length: 20 }, (_, i) => ttls(engine, 1 + i)).flat());
    expect([...drawn].sort()).toEqual([60, 61, 62, 63]);
  });
});

test('a rule with a period goes by the calendar of its scenario', () => {
  const midnight = Date.UTC(2020, 8, 27);
  const rule = nameRule('tls.sni', 'blocked.test', RESET, {
    during: { from: midnight, to: midnight + 1000 },
  });
  const engine = censor([rule], {}, { calendar: { epoch: midnight - 500, rate: 1 } });
  const kinds = [0, 499, 500, 1499, 1500].map((now, i) => {
    const session = new Session(engine, { client: { port: 1 + i } }).handshake();
    return session.send('client', HELLO, { now }).kind;
  });
  expect(kinds).toEqual(['accept', 'accept', 'inject', 'inject', 'accept']);
});

test('however fast that calendar goes', () => {
  const midnight = Date.UTC(2020, 8, 27);
  const rule = nameRule('tls.sni', 'blocked.test', RESET, {
    during: { from: midnight, to: midnight + 60_000 },
  });
  const calendar = { epoch: midnight - 60_000, rate: 60 };
  const engine = censor([rule], {}, { calendar });
  const kinds = [999, 1000, 1999, 2000].map((now, i) => {
    const session = new Session(engine, { client: { port: 1 + i } }).handshake();
    return session.send('client', HELLO, { now }).kind;
  });
  expect(kinds).toEqual(['accept', 'inject', 'inject', 'accept']);
});

function lottery(probability: number, seed: number, salt = 0): Engine {
  return censor([nameRule('tls.sni', 'blocked.test', RESET, { probability })], {}, { seed, salt });
}

function decisions(engine: Engine, flows = FLOWS): boolean[] {
  return Array.from({ length: flows }, (_, i) => isBlocked(engine, i));
}

/** Flow `i`: of one of many clients, on one of many ports. */
function isBlocked(engine: Engine, i: number): boolean {
  const frame = FRAMES[i] as Uint8Array;
  return engine.decide(frame, 0, frame.length, 0).kind === 'inject';
}
