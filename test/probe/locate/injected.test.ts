import { describe, expect, test } from 'vitest';
import { fingerprintOf, injectedIn, injectedTtlOf } from '../../../src/probe/locate/injected.ts';
import type { Answer, Trial } from '../../../src/probe/locate/trial.ts';
import { ACK, FIN, PSH, RST } from '../../../src/wire/tcp.ts';
import { answer } from '../../support/path-trials.ts';

const SERVER = { hop: 4, ttl: 61 };

describe('a packet from the server’s address is injected, or the server’s own', () => {
  test.each<{ name: string; ttl: number; packet: Partial<Answer>; isInjected: boolean }>([
    { name: 'a RST before the server', ttl: 2, packet: { ttl: 61 }, isInjected: true },
    { name: 'a FIN before it', ttl: 2, packet: { flags: FIN | ACK }, isInjected: true },
    {
      name: 'payload before it',
      ttl: 2,
      packet: { flags: PSH | ACK, payloadLength: 9 },
      isInjected: true,
    },
    { name: 'an ACK before it', ttl: 2, packet: { flags: ACK }, isInjected: false },
    { name: 'a RST with another TTL', ttl: 64, packet: { ttl: 63 }, isInjected: true },
    { name: 'a RST with the same TTL', ttl: 64, packet: { ttl: 61 }, isInjected: true },
    {
      name: 'a RST with the same TTL, after our kernel had spoken',
      ttl: 64,
      packet: { ttl: 61, mayBePrompted: true },
      isInjected: false,
    },
    {
      name: 'a RST with another TTL, after our kernel had spoken',
      ttl: 64,
      packet: { ttl: 63, mayBePrompted: true },
      isInjected: true,
    },
    {
      name: 'a response with the same TTL',
      ttl: 64,
      packet: { ttl: 61, flags: PSH | ACK, payloadLength: 9 },
      isInjected: false,
    },
    {
      name: 'a response with another TTL',
      ttl: 64,
      packet: { ttl: 63, flags: PSH | ACK, payloadLength: 9 },
      isInjected: true,
    },
  ])('$name', ({ ttl, packet, isInjected }) => {
    const trial = trialWith(ttl, [answer(packet)]);
    expect(injectedIn(trial, SERVER)).toHaveLength(isInjected ? 1 : 0);
  });
});

describe('the TTL of what is injected', () => {
  test.each<{ name: string; pairs: [number, number][]; found: object | undefined }>([
    {
      name: 'follows the trigger’s, less two for each router',
      pairs: [
        [64, 60],
        [48, 44],
      ],
      found: { mode: 'copied', routers: 2 },
    },
    {
      name: 'is the same whatever the trigger’s',
      pairs: [
        [64, 62],
        [3, 62],
      ],
      found: { mode: 'fixed' },
    },
    {
      name: 'follows no rule',
      pairs: [
        [64, 62],
        [48, 90],
        [3, 77],
      ],
      found: { mode: 'varies' },
    },
    {
      name: 'cannot be told from triggers with one TTL',
      pairs: [
        [64, 62],
        [64, 62],
      ],
      found: undefined,
    },
  ])('$name', ({ pairs, found }) => {
    if (found === undefined) expect(injectedTtlOf(pairs)).toBeUndefined();
    else expect(injectedTtlOf(pairs)).toMatchObject(found);
  });
});

describe('a fingerprint is what all injected packets have in common', () => {
  const ramp = [0, 1460, 4380].map((seqDistance) => answer({ ttl: 63, seqDistance }));
  test('three RSTs in steps', () => {
    expect(fingerprintOf([trialWith(64, ramp), trialWith(64, ramp)], SERVER)).toEqual({
      ...{ flags: 'R', ttl: 63, ipId: 0, window: 0, count: 3, seq: [0, 1460, 4380] },
      payloadLength: 0,
    });
  });
  test('an IP ID that is the trigger’s is copied, one that changes varies', () => {
    const copied = [1, 2].map((ipId) => trialWith(64, [answer({ ttl: 63, ipId })], ipId));
    expect(fingerprintOf(copied, SERVER)?.ipId).toBe('copied');
    const random = [1, 2].map((ipId) => trialWith(64, [answer({ ttl: 63, ipId })], 9));
    expect(fingerprintOf(random, SERVER)?.ipId).toBe('varies');
  });
  test('flags are in the order of their bits', () => {
    const flags = FIN | RST | ACK;
    expect(fingerprintOf([trialWith(2, [answer({ flags })])], SERVER)?.flags).toBe('FRA');
  });
  test('of nothing there is none', () => {
    expect(fingerprintOf([trialWith(64, [])], SERVER)).toBeUndefined();
  });
});

function trialWith(ttl: number, answers: readonly Answer[], ipId = 7): Trial {
  return { sentAt: 0, ttl, ipId, rtt: 10, hop: undefined, answers };
}
