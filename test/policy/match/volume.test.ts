import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/policy/act/action.ts';
import { type VolumePattern, volume } from '../../../src/policy/match/volume.ts';
import { censor, type ModelChange, nameRule, RESET } from '../../support/censors.ts';
import { DatagramSession } from '../../support/datagram-session.ts';
import { clientHello, httpRequest } from '../../support/packets.ts';
import { Session, type Side } from '../../support/session.ts';
import { fateOf, interference } from '../../support/verdicts.ts';

/** Who says how much, in order. */
type Said = readonly (readonly [Side, number])[];
const FREEZE: Action = { do: 'blackhole', way: 'both', trigger: 'drop', duration: 0 };

describe('it is exceeded', () => {
  test.each<{ pattern: VolumePattern; said: Said; at: number | undefined }>([
    { pattern: { bytesOver: 100, of: 'both' }, said: [['client', 100]], at: undefined },
    { pattern: { bytesOver: 100, of: 'both' }, said: [['client', 101]], at: 0 },
    {
      pattern: { bytesOver: 100, of: 'both' },
      said: [
        ['client', 50],
        ['server', 50],
        ['client', 1],
      ],
      at: 2,
    },
    {
      pattern: { bytesOver: 100, of: 'to-client' },
      said: [
        ['client', 900],
        ['server', 101],
      ],
      at: 1,
    },
    {
      pattern: { bytesOver: 100, of: 'to-server' },
      said: [
        ['server', 900],
        ['client', 100],
      ],
      at: undefined,
    },
    {
      pattern: { packetsOver: 2, of: 'both' },
      said: [
        ['client', 9],
        ['server', 9],
        ['client', 9],
      ],
      at: 2,
    },
    {
      pattern: { packetsOver: 1, of: 'to-client' },
      said: [
        ['client', 9],
        ['server', 9],
        ['server', 9],
      ],
      at: 2,
    },
    {
      pattern: { bytesOver: 1000, packetsOver: 1, of: 'both' },
      said: [
        ['client', 9],
        ['client', 9],
      ],
      at: 1,
    },
    { pattern: { of: 'both' }, said: [['client', 9999]], at: undefined },
  ])('$pattern, $said: at $at', ({ pattern, said, at }) => {
    const session = new Session(capped(pattern)).handshake();
    const hits = said.map(
      ([side, length]) => session.send(side, 'x'.repeat(length)).kind === 'inject',
    );
    expect(hits.indexOf(true)).toBe(at ?? -1);
  });

  test('by payloads alone: handshake and ACKs do not count', () => {
    const session = new Session(capped({ packetsOver: 0, of: 'both' })).handshake();
    for (let i = 0; i < 5; i++) {
      expect(session.send('client', '', { flags: 'A' }).kind).toBe('accept');
    }
    expect(session.send('client', 'x').kind).toBe('inject');
  });

  test('by each flow for itself', () => {
    const engine = capped({ bytesOver: 100, of: 'both' });
    for (let port = 1; port < 10; port++) {
      const session = new Session(engine, { client: { port } }).handshake();
      expect(session.send('client', 'x'.repeat(60)).kind).toBe('accept');
    }
  });

  test('by datagrams too', () => {
    const session = new DatagramSession(capped({ bytesOver: 100, of: 'both' }));
    const kinds = [60, 40, 1, 1].map((n) => session.send('client', new Uint8Array(n)).kind);
    expect(kinds).toEqual(['accept', 'accept', 'inject', 'drop']);
  });
});

describe('a flow is frozen after so many bytes', () => {
  test.each<{ name: string; change: ModelChange }>([
    { name: 'packets', change: {} },
    { name: 'first payloads', change: { stream: { mode: 'first-payload' } } },
    { name: 'streams', change: { stream: { mode: 'in-order' } } },
    {
      name: 'streams, once',
      change: { stream: { mode: 'in-order' }, tls: { onPartial: 'pass-and-forget' } },
    },
  ])('whatever else is read of it: $name', ({ change }) => {
    const engine = censor(
      [
        nameRule('tls.sni', 'blocked.test', RESET),
        { name: 'cap', trigger: volume({ bytesOver: 16_000, of: 'to-client' }), action: FREEZE },
        { name: 'other', trigger: volume({ bytesOver: 16_000, of: 'to-server' }), action: FREEZE },
      ],
      change,
    );
    const session = new Session(engine).handshake();
    session.send('client', clientHello({ sni: 'allowed.test' }));
    const fates = Array.from({ length: 18 }, () =>
      fateOf(session.send('server', 'x'.repeat(1000))),
    );
    expect(fates).toEqual([...Array(16).fill('accept'), 'drop', 'drop']);
    expect(fateOf(session.send('client', '', { flags: 'A' }))).toBe('drop');
    const up = new Session(engine, { client: { port: 9 } }).handshake();
    up.send('client', clientHello({ sni: 'allowed.test' }));
    const upFates = Array.from({ length: 18 }, () => fateOf(up.send('client', 'x'.repeat(1000))));
    expect(upFates.indexOf('drop')).toBe(15);
  });
});

test('a flow that is not stopped is decided on once, in path and on path', () => {
  for (const change of [{ position: 'on-path' as const }, {}]) {
    const action: Action = { ...RESET, trigger: 'pass', rest: 'pass' };
    const trigger = volume({ bytesOver: 10, of: 'both' });
    const engine = censor([{ name: 'cap', trigger, action }], change);
    const session = new Session(engine).handshake();
    for (let i = 0; i < 6; i++) session.send(i % 2 === 0 ? 'client' : 'server', 'x'.repeat(8));
    expect(engine.counters.decisions).toBe(1);
  }
});

test('what was exceeded on the way does not hide a name that comes later', () => {
  for (const mode of ['packet', 'in-order'] as const) {
    const throttle: Action = { do: 'throttle', way: 'both', rate: 8000, burst: 1e6, how: 'police' };
    const engine = censor(
      [
        { name: 'slow', trigger: volume({ packetsOver: 1, of: 'to-server' }), action: throttle },
        nameRule('http.host', 'blocked.test', RESET),
      ],
      { stream: { mode } },
    );
    const session = new Session(engine).handshake();
    for (let i = 0; i < 4; i++) session.send('client', httpRequest({ host: 'allowed.test' }));
    expect(fateOf(session.send('client', httpRequest({ host: 'blocked.test' })))).toBe('drop');
    expect(session.resets.every(({ isObeyed }) => isObeyed)).toBe(true);
  }
});

test('a flow that was slowed down after a name, or a volume, is frozen after more', () => {
  const throttle: Action = { do: 'throttle', way: 'both', rate: 8000, burst: 1e6, how: 'police' };
  const freeze = { name: 'cap', trigger: volume({ bytesOver: 200, of: 'both' }), action: FREEZE };
  for (const slow of [
    { name: 'slow', trigger: volume({ bytesOver: 10, of: 'both' }), action: throttle },
    nameRule('http.host', 'slow.test', throttle),
  ]) {
    const session = new Session(censor([slow, freeze])).handshake();
    session.send('client', httpRequest({ host: 'slow.test' }));
    expect(session.send('server', 'x'.repeat(50)).kind).toBe('accept');
    expect(fateOf(session.send('server', 'x'.repeat(200)))).toBe('drop');
  }
});

test('it is of who is taken for the client, also if that one spoke last', () => {
  const change: ModelChange = { tcb: { roles: 'synack-sender-is-server', create: 'any' } };
  const engine = capped({ bytesOver: 100, of: 'to-server' }, change);
  const session = new Session(engine);
  session.send('client', '', { flags: 'S' });
  session.send('client', '', { flags: 'SA' }); // the box takes it for the server
  session.send('server', '', { flags: 'SA' });
  expect(session.send('client', 'x'.repeat(200)).kind).toBe('accept');
  expect(session.send('server', 'x'.repeat(101)).kind).toBe('inject');
});

test('a decision says how much it was', () => {
  const session = new Session(capped({ bytesOver: 10, of: 'both' })).handshake();
  session.send('client', 'x'.repeat(10));
  const { decision } = interference(session.send('server', 'x'.repeat(5)));
  expect(decision).toMatchObject({
    why: 'volume=15 bytes, 2 packets',
    matched: { kind: 'volume', offset: 0, length: 5 },
    flow: { direction: 'to-client' },
  });
});

function capped(pattern: VolumePattern, change: ModelChange = {}) {
  return censor([{ name: 'cap', trigger: volume(pattern), action: FREEZE }], change);
}
