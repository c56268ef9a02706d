import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { Action } from '../../src/policy/act/action.ts';
import { clientHello as ofHello } from '../../src/policy/match/client-hello.ts';
import { keywords } from '../../src/policy/match/keywords.ts';
import type { Matcher } from '../../src/policy/match/matcher.ts';
import { names } from '../../src/policy/match/names.ts';
import { serverFlight } from '../../src/policy/match/server-flight.ts';
import { volume } from '../../src/policy/match/volume.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import type { Rule } from '../../src/policy/rule.ts';
import type { Verdict } from '../../src/policy/verdict.ts';
import { RESET } from '../support/censors.ts';
import { udpFrame } from '../support/datagrams.ts';
import { dnsQuery } from '../support/dns.ts';
import { ascii, clientHello, edit, hex, httpRequest, tcpFrame } from '../support/packets.ts';
import { flight, records } from '../support/server-flights.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const IN_ORDER: Model = { ...PLAIN, stream: { ...PLAIN.stream, mode: 'in-order' } };
const LAST_COPY: Model = { ...PLAIN, stream: { ...PLAIN.stream, mode: 'full', overlap: 'last' } };
const BLOCKED = httpRequest({ host: 'blocked.example' });
const ALLOWED = httpRequest({ host: 'www.example.org' });
const DELAY: Action = { do: 'delay', way: 'both', by: 5 };
const THROTTLE: Action = { do: 'throttle', way: 'both', rate: 8, burst: 2000, how: 'police' };
const ENDS = {
  ...{ src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 },
  ...{ ack: 1, flags: 'PA' },
};
const HANDSHAKE = [tcpFrame({ ...ENDS, seq: 0, flags: 'S' })];
const QUERY = { src: '10.0.0.1', dst: '198.18.0.53', srcPort: 40_000, dstPort: 53 };

describe('a flow that goes on although a rule was set off', () => {
  test.each([
    { name: 'in order', model: IN_ORDER, again: 1 },
    { name: 'and looks at later copies', model: LAST_COPY, again: 1 },
    {
      name: 'in order, beside the path',
      model: { ...IN_ORDER, position: 'on-path' as const },
      again: 2, // where nothing can be delayed, and so nothing is being
    },
  ])('is set off by one request once, where a box reads $name', ({ model, again }) => {
    const engine = engineOf(model, host('blocked.example'), DELAY);
    const session = new Session(engine).handshake();
    session.send('client', BLOCKED);
    for (let i = 0; i < 3; i++) session.send('client', ALLOWED);
    expect(engine.counters.decisions).toBe(1);
    session.send('client', BLOCKED);
    expect(engine.counters.decisions).toBe(again);
  });

  test('leaves the frames alone that come to lie where the trigger lay', () => {
    const engine = engineOf(LAST_COPY, host('blocked.example'), DELAY);
    const ring = new Uint8Array(2000);
    for (const frame of [HANDSHAKE, tcpFrame({ ...ENDS, seq: 1, payload: BLOCKED })].flat()) {
      ring.set(frame);
      engine.decide(ring, 0, frame.length, 0);
    }
    const copy = tcpFrame({ ...ENDS, seq: 1, payload: edit(BLOCKED, 0, 0x70) });
    ring.set(copy, 40);
    engine.decide(ring, 40, 40 + copy.length, 1);
    expect(ring.slice(40, 40 + copy.length)).toEqual(copy);
  });

  test('keeps count of what was delivered late: both ends obey RSTs that come after', () => {
    const list = { how: 'exact', normalise: PLAIN.host.normalise } as const;
    const rules: Rule[] = [
      { name: 'late', trigger: names('http.host', { names: ['a'], ...list }), action: DELAY },
      { name: 'end', trigger: names('http.host', { names: ['b'], ...list }), action: RESET },
    ];
    const session = new Session(new Engine({ policy: { model: IN_ORDER, rules } })).handshake();
    const late = httpRequest({ host: 'a' });
    session.send('client', late, { flags: 'A' });
    session.send('client', httpRequest({ host: 'b' }));
    expect(session.resets).toEqual([
      { to: 'client', isObeyed: true },
      { to: 'server', isObeyed: true },
    ]);
  });

  test('that is throttled for its volume has one bucket', () => {
    const engine = engineOf(PLAIN, volume({ bytesOver: 1000, of: 'both' }), THROTTLE);
    const session = new Session(engine).handshake();
    const kinds = Array.from({ length: 6 }, () => session.send('client', 'x'.repeat(900)).kind);
    expect(kinds).toEqual(['accept', 'inject', 'accept', 'accept', 'drop', 'drop']);
  });
});

describe('a message that sets a rule off before it is whole', () => {
  const fates = (engine: Engine, from: 'client' | 'server', ...parts: readonly Uint8Array[]) => {
    const session = new Session(engine).handshake();
    return parts.map((part) => fateOf(session.send(from, part)));
  };

  test.each(['naive-stream', 'strict'] as const)('is read on for other rules (%s)', (preset) => {
    const rules: Rule[] = [
      { name: 'block', trigger: ofHello({ ech: true }), action: RESET },
      { name: 'slow', trigger: sni(), action: DELAY },
    ];
    const hello = clientHello({ sni: 'blocked.example', after: [[0xfe0d, 20]] });
    const cut = Buffer.from(hello).indexOf(hex`fe 0d`);
    const engine = new Engine({ policy: { model: PRESETS[preset], rules } });
    const got = fates(engine, 'client', hello.slice(0, cut), hello.slice(cut));
    expect(got).toEqual(['hold', 'drop']);
  });

  test('is read on for what is longer by then', () => {
    const tls = { ...IN_ORDER.tls, recordReassembly: 4096 };
    const rules: Rule[] = [
      { name: 'block', trigger: serverFlight({ subject: 'net$' }), action: RESET },
      { name: 'slow', trigger: serverFlight({ version: [0x0303] }), action: DELAY },
    ];
    const [hello, certificate] = flight({ version: 0x0303 }) as [Uint8Array, Uint8Array];
    const engine = new Engine({ policy: { model: { ...IN_ORDER, tls }, rules } });
    const got = fates(engine, 'server', records(hello), records(certificate));
    expect(got).toEqual(['hold', 'drop']);
  });

  test.each([
    {
      name: 'what it had shown',
      parts: ['GET /secret HTTP/1.1\r\nHost: blocked.example\r\n', 'A: b\r\n', '\r\n'],
    },
    {
      name: 'the same name in another place',
      parts: ['GET http://blocked.example/ HTTP/1.1\r\n', 'Host: blocked.example\r\n\r\n'],
    },
  ])('sets no rule off again by $name, beside the path', ({ parts }) => {
    const model: Model = { ...PRESETS.strict, position: 'on-path' };
    const secret = keywords('http.url', { keywords: ['secret'], patterns: [] });
    const rules: Rule[] = [
      { name: 'host', trigger: host('blocked.example'), action: RESET },
      { name: 'target', trigger: secret, action: RESET },
    ];
    const engine = new Engine({ policy: { model, rules } });
    fates(engine, 'client', ...parts.map(ascii));
    expect(engine.counters.decisions).toBe(1);
  });
});

describe('a segment that brings nothing, and sets a rule off by its number,', () => {
  const trigger = volume({ packetsOver: 1, of: 'both' });
  const boxWith = (rule: Rule): Engine => {
    const rules = [{ name: 'slow', trigger, action: DELAY }, rule];
    return new Engine({ policy: { model: PRESETS['naive-stream'], rules } });
  };
  /** Two flows take turns; the second of them is blocked before the first goes on. */
  const fate = (engine: Engine, blocked: Uint8Array, half: string, rest: string): string => {
    const one = new Session(engine, { client: { port: 1 } }).handshake();
    const other = new Session(engine, { client: { port: 2 } }).handshake();
    one.send('client', half);
    expect(fateOf(other.send('client', blocked))).toBe('drop');
    expect(fateOf(one.send('client', half, { offset: 0 }))).toBe('hold');
    return fateOf(one.send('client', rest));
  };

  test('is not taken for the message of another flow', () => {
    const engine = boxWith({ name: 'block', trigger: host('blocked.example'), action: RESET });
    const rest = 'st: blocked.example\r\n\r\n';
    expect(fate(engine, BLOCKED, 'GET / HTTP/1.1\r\nHo', rest)).toBe('drop');
  });

  test('has no bytes of another flow before it', () => {
    const word = keywords('payload', { keywords: ['secret'], patterns: [] });
    const engine = boxWith({ name: 'block', trigger: word, action: RESET });
    expect(fate(engine, ascii('a secret'), 'the sec', 'ret of two')).toBe('drop');
  });
});

describe.each(['in-path', 'on-path'] as const)('a residual of RSTs, %s', (position) => {
  test('ends a flow that was open before', () => {
    const model = { ...PLAIN, position };
    const { trigger, action } = ruleOf(host('blocked.example'), RESET);
    const residual = { scope: '2-tuple', duration: 100, refresh: false } as const;
    const rule: Rule = {
      ...{ name: 'both', trigger, action },
      residual: { ...residual, does: 'reset', way: 'both', after: 0 },
    };
    const engine = new Engine({ policy: { model, rules: [rule] } });
    const other = new Session(engine, { client: { port: 40_001 } }).handshake();
    new Session(engine).handshake().send('client', BLOCKED);
    const original = position === 'in-path' ? 'drop' : 'accept';
    expect(other.send('client', ALLOWED)).toMatchObject({ kind: 'inject', original });
    expect(other.resets).toHaveLength(2);
    expect(other.resets.every(({ isObeyed }) => isObeyed)).toBe(true);
  });
});

describe('an action that does not fit its trigger makes no packets', () => {
  test('a response to a datagram', () => {
    const respond: Action = {
      ...{ do: 'respond', payload: BLOCKED, server: 'reset' },
      shape: RESET,
    };
    const verdict = ask(engineOf(PLAIN, qname(), respond));
    expect(verdict).toMatchObject({ kind: 'inject', original: 'drop', packets: [] });
  });

  test('a lie about a name to one who asked for none, after one who did', () => {
    const lie = { do: 'dns', rcode: 'nxdomain', answers: [], count: 1, delay: 0 } as const;
    const action: Action = { ...lie, ttl: 'copied', ipId: 'copied' };
    const rules = [ruleOf(qname(), action), ruleOf(host('blocked.example'), action)];
    const engine = new Engine({ policy: { model: PLAIN, rules } });
    expect(ask(engine)).toMatchObject({ kind: 'inject', original: 'drop' });
    const verdict = new Session(engine).handshake().send('client', BLOCKED);
    expect(verdict).toMatchObject({ kind: 'inject', original: 'accept', packets: [] });
  });
});

test.each(['in-order', 'first-payload'] as const)(
  'a ClientHello that is dropped until it comes whole is dropped however often it is sent (%s)',
  (mode) => {
    const tls = { ...PLAIN.tls, onPartial: 'drop' as const };
    const model = { ...PLAIN, stream: { ...PLAIN.stream, mode }, tls };
    const session = new Session(engineOf(model, sni(), RESET)).handshake();
    const hello = clientHello({ sni: 'www.example.org' });
    const [first, rest] = [hello.slice(0, 60), hello.slice(60)];
    for (let i = 0; i < 3; i++) {
      expect(session.send('client', first, { offset: 0 }).kind).toBe('drop');
    }
    expect(session.send('client', hello, { offset: 0 }).kind).toBe('accept');
    expect(session.send('client', rest, { offset: 60 }).kind).toBe('accept');
  },
);

test('a segment is dropped as often as it comes, with the one that came early behind it', () => {
  const action: Action = { ...RESET, to: 'client', rest: 'pass' };
  const model = PRESETS['naive-stream'];
  const session = new Session(engineOf(model, host('blocked.example'), action)).handshake();
  const cut = 20;
  const [first, early] = [BLOCKED.slice(0, cut), BLOCKED.slice(cut)];
  expect(fateOf(session.send('client', early, { offset: cut }))).toBe('accept');
  for (let i = 0; i < 3; i++) {
    expect(fateOf(session.send('client', first, { offset: 0 }))).toBe('drop');
  }
});

function engineOf(model: Model, trigger: Matcher, action: Action): Engine {
  return new Engine({ policy: { model, rules: [ruleOf(trigger, action)] } });
}

function ruleOf(trigger: Matcher, action: Action): Rule {
  return { name: 'rule', trigger, action };
}

function host(name: string): Matcher {
  return names('http.host', { names: [name], how: 'suffix', normalise: PLAIN.host.normalise });
}

function sni(): Matcher {
  const { normalise } = PLAIN.host;
  return names('tls.sni', { names: ['blocked.example'], how: 'suffix', normalise });
}

function qname(): Matcher {
  const { normalise } = PLAIN.host;
  return names('dns.qname', { names: ['blocked.example'], how: 'suffix', normalise });
}

function ask(engine: Engine): Verdict {
  const frame = udpFrame({ ...QUERY, payload: dnsQuery('blocked.example') });
  return engine.decide(frame, 0, frame.length, 0);
}
