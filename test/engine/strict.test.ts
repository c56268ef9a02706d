import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import { names } from '../../src/policy/match/names.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { RESET } from '../support/censors.ts';
import type { Sent } from '../support/craft.ts';
import { fetchPast } from '../support/evade.ts';
import { ascii, clientHello, concat, edit, tlsRecord } from '../support/packets.ts';
import { Session } from '../support/session.ts';

const MODEL = {
  ...PRESETS.strict,
  tcb: { ...PRESETS.strict.tcb, capacity: 16 },
  hops: { before: 1, after: 2, aware: true },
};
const { normalise, match: how } = MODEL.host;
const TRIGGER = names('tls.sni', { names: ['blocked.test'], how, normalise });
const STRICT: Policy = {
  model: MODEL,
  rules: [{ name: 'block', trigger: TRIGGER, action: RESET }],
};
const OPEN: Policy = { model: MODEL, rules: [] };
const REAL = clientHello({ sni: 'blocked.test' });
const DECOY = clientHello({ sni: 'neutral.test' });
const GARBAGE = new Uint8Array(REAL.length).fill(0x78);

test.each<{ name: string; first: readonly Sent[]; hasTimestamps?: boolean }>([
  {
    name: 'a FIN that acknowledges what was never sent',
    first: [{ at: 0, flags: 'FA', ackAt: -10 }],
  },
  {
    name: 'a payload on a RST that is not next',
    first: [{ at: 1, flags: 'RA', payload: GARBAGE }],
  },
  {
    name: 'a SYN inside the session with a newer timestamp',
    first: [{ at: 0, flags: 'S', timestampBy: 100_000 }],
    hasTimestamps: true,
  },
  {
    name: 'an empty segment from before with a newer timestamp',
    first: [{ at: -10_000, timestampBy: 100_000 }],
    hasTimestamps: true,
  },
  {
    name: 'an early segment with a newer timestamp',
    first: [{ at: 1, flags: 'A', timestampBy: 100_000 }],
    hasTimestamps: true,
  },
  {
    name: 'timestamps that were not offered',
    first: [{ at: 0, flags: 'A', timestampBy: 100_000 }],
  },
  {
    name: 'a SYN/ACK that acknowledges too much, and a FIN that does',
    first: [
      { at: -1, flags: 'SA', ackAt: 10 },
      { at: 0, flags: 'FA', ackAt: 10 },
    ],
  },
  {
    name: 'an urgent pointer ahead of another',
    first: [
      { at: REAL.length, flags: 'AU', urgentPointer: 9 },
      { at: 0, flags: 'PAU', urgentPointer: 1, payload: REAL.slice(0, 1) },
    ],
  },
])('a strict box is not misled by $name', ({ first, hasTimestamps = false }) => {
  const how = { first, hasTimestamps };
  expect(isFetched('blocked.test', OPEN, how)).toBe(true);
  expect(isFetched('blocked.test', STRICT, how)).toBe(false);
});

test.each([
  { name: 'in the segment that it is written in', urgentPointer: 7, payload: 'urgent!' },
  { name: 'in a segment that follows', urgentPointer: 7, payload: '' },
  { name: 'at the front, where the pointer is 0', urgentPointer: 0, payload: '!' },
])('a strict box leaves out the urgent byte $name', ({ urgentPointer, payload }) => {
  const at = Math.max(0, urgentPointer - 1);
  const said = concat(REAL.slice(0, at), ascii('!'), REAL.slice(at));
  const packets = [
    { at: 0, flags: 'AU', urgentPointer, payload: said.slice(0, payload.length) },
    { at: payload.length, payload: said.slice(payload.length) },
  ];
  const how = { port: 443, bytes: said, wanted: REAL, packets, hasTimestamps: false };
  expect(fetchPast(OPEN, how).hasSucceeded).toBe(true);
  expect(fetchPast(STRICT, how).hasSucceeded).toBe(false);
});

test.each([
  { name: 'that is whole in a record that is not', limit: 65_536, hello: edit(DECOY, 3, 0x40, 0) },
  { name: 'past the limit of its first record', limit: 64, hello: inTwoRecords(DECOY.slice(5)) },
])('a ClientHello $name keeps no box from going on', ({ limit, hello }) => {
  const model = { ...MODEL, tls: { ...MODEL.tls, recordReassembly: limit } };
  const session = new Session(new Engine({ policy: { ...STRICT, model } })).handshake();
  expect(session.send('client', hello).kind).toBe('accept');
});

test('a strict box beside the path reads a connection of the ports of one whose end it missed', () => {
  const engine = new Engine({ policy: { ...STRICT, model: { ...MODEL, position: 'on-path' } } });
  const before = new Session(engine).handshake();
  before.send('client', DECOY);
  before.send('server', 'an answer');
  const ends = { client: { isn: 70_000_000 }, server: { isn: 90_000_000 } };
  const after = new Session(engine, ends).handshake();
  expect(after.send('client', REAL).kind).toBe('inject');
  expect(after.resets.map(({ isObeyed }) => isObeyed)).toEqual([true, true]);
});

test('whatever a client sends besides, a strict box knows what the server reads, and no more', () => {
  fc.assert(
    fc.property(scripts(), (script) => {
      const isPossible = isFetched('allowed.test', OPEN, script);
      expect(isFetched('allowed.test', STRICT, script)).toBe(isPossible);
      expect(isFetched('blocked.test', STRICT, script)).toBe(false);
    }),
    { numRuns: 300 },
  );
});

function inTwoRecords(message: Uint8Array): Uint8Array {
  return concat(tlsRecord(message.slice(0, 100)), tlsRecord(message.slice(100)));
}

/** Any packets, then the request in any pieces. */
function scripts(): fc.Arbitrary<Script> {
  const cuts = fc.uniqueArray(fc.integer({ min: 1, max: REAL.length - 1 }), { maxLength: 3 });
  return fc.record({
    first: fc.array(anyPacket(), { maxLength: 6 }),
    cuts: cuts.map((places) => places.toSorted((a, b) => a - b)),
    isReversed: fc.boolean(),
    hasTimestamps: fc.boolean(),
  });
}

/** Mostly as it should be, or a server would take none. */
function anyPacket(): fc.Arbitrary<Sent> {
  const at = usually(0, fc.integer({ min: -3, max: REAL.length + 3 }), -10_000, 70_000, 1 << 30);
  const fields = {
    at,
    bytes: fc.constantFrom(REAL, DECOY, GARBAGE),
    length: usually(REAL.length, 0, 1, fc.nat(60)),
    flags: usually('PA', 'PAU', 'A', 'R', 'RA', 'FA', 'FPA', 'P', 'S', 'SA', 'SPA', 'RPA', ''),
    ttl: usually(64, 4, 3, 2),
    ackAt: usually(0, -66_000, -60_000, -10, 6, 10, 60_000),
    timestampBy: usually(0, -600_000, 100_000),
    urgentPointer: usually(1, 0, 5, 100),
    hasMd5: usually(false, true),
    wrong: usually<Sent['wrong']>(undefined, 'tcp-checksum', 'ip-checksum'),
  };
  return fc.record(fields).map(({ bytes, length, wrong, ...sent }) => {
    const payload = bytes.slice(Math.max(0, sent.at), Math.max(0, sent.at + length));
    const urgentPointer = sent.flags.includes('U') ? sent.urgentPointer : 0;
    return { ...sent, payload, urgentPointer, ...(wrong === undefined ? {} : { wrong }) };
  });
}

function usually<T>(common: T, ...rare: readonly (T | fc.Arbitrary<T>)[]): fc.Arbitrary<T> {
  const others = rare.map((one) => (isArbitrary(one) ? one : fc.constant(one)));
  return fc.oneof(
    { weight: 3 * others.length, arbitrary: fc.constant(common) },
    ...others.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
}

function isArbitrary<T>(one: T | fc.Arbitrary<T>): one is fc.Arbitrary<T> {
  return one instanceof fc.Arbitrary;
}

interface Script {
  /** What goes before the request. */
  readonly first: readonly Sent[];
  readonly hasTimestamps: boolean;
  /** Where the request is cut. */
  readonly cuts?: readonly number[];
  readonly isReversed?: boolean;
}

function isFetched(name: string, policy: Policy, script: Script): boolean {
  const { first, hasTimestamps, cuts = [], isReversed = false } = script;
  const bytes = clientHello({ sni: name });
  const pieces = [0, ...cuts].map((at, i) => ({ at, payload: bytes.slice(at, cuts[i]) }));
  const packets = [...first, ...(isReversed ? pieces.toReversed() : pieces)];
  return fetchPast(policy, { port: 443, bytes, packets, hasTimestamps }).hasSucceeded;
}
