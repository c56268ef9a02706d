import { describe, expect, test } from 'vitest';
import type { DeliveredEdge } from '../../../src/flow/delivered-edge.ts';
import { Flow } from '../../../src/flow/flow.ts';
import { type ResetAction, resets } from '../../../src/policy/act/reset.ts';
import { findingOf } from '../../../src/policy/finding.ts';
import { Observation } from '../../../src/policy/observation.ts';
import type { Injection } from '../../../src/policy/verdict.ts';
import { PacketView } from '../../../src/wire/packet.ts';
import { censor, nameRule, RESET } from '../../support/censors.ts';
import {
  ascii,
  hasRightChecksums,
  hex,
  httpRequest,
  placed,
  type Segment,
  tcpFrame,
} from '../../support/packets.ts';
import { Session } from '../../support/session.ts';
import { TcpEnd } from '../../support/tcp-end.ts';
import { fateOf } from '../../support/verdicts.ts';

const UNSEEN = undefined;
const TRIGGER: Segment = {
  src: '10.0.0.1',
  dst: '198.18.0.80',
  srcPort: 40_000,
  dstPort: 80,
  seq: 5000,
  ack: 0xf000_0000,
  flags: 'PA',
  payload: ascii('trigger'),
};

describe('the sequence numbers', () => {
  test.each([
    {
      name: 'all was acknowledged',
      toSender: 0xf000_0000,
      toReceiver: 5000,
      want: [0xf000_0000, 5000],
    },
    {
      name: 'more was delivered than the trigger acknowledges',
      toSender: 0xf000_0100,
      toReceiver: 5000,
      want: [0xf000_0100, 5000],
    },
    {
      name: 'the trigger acknowledges what was never sent',
      toSender: 0xefff_ff00,
      toReceiver: 5000,
      want: [0xefff_ff00, 5000],
    },
    {
      name: 'the trigger follows a gap',
      toSender: 0xf000_0000,
      toReceiver: 4000,
      want: [0xf000_0000, 4000],
    },
    {
      name: 'the trigger was partly delivered before',
      toSender: 0xf000_0000,
      toReceiver: 5003,
      want: [0xf000_0000, 5003],
    },
    {
      name: 'the way back was never seen',
      toSender: UNSEEN,
      toReceiver: 5000,
      want: [0xf000_0000, 5000],
    },
    {
      name: 'nothing was seen before',
      toSender: UNSEEN,
      toReceiver: UNSEEN,
      want: [0xf000_0000, 5000],
    },
  ])('when $name', ({ toSender, toReceiver, want }) => {
    const injections = reset({}, { toSender, toReceiver });
    expect(injections.map(({ way, what }) => [way, 'seq' in what && what.seq])).toEqual([
      ['back', want[0]],
      ['along', want[1]],
    ]);
    expect(injections.map(({ frame }) => decode(frame).seq >>> 0)).toEqual(want);
  });

  test('towards the sender does not come from the ack field of a trigger without ACK', () => {
    const trigger = { ...TRIGGER, flags: 'P', ack: 0 };
    const [back] = reset({}, { toSender: 0xf000_0000, toReceiver: 5000 }, trigger);
    expect(back?.what).toMatchObject({ seq: 0xf000_0000 });
  });
});

describe('by the rule of the action, where the ends expect something else,', () => {
  const EXACT = { toSender: 0xf000_0100, toReceiver: 4000 };
  const LENGTH = 'trigger'.length;
  test.each<{ seq: ResetAction['seq']; count?: number; back: number[]; along: number[] }>([
    { seq: 'exact', count: 2, back: [0xf000_0100, 0xf000_0100], along: [4000, 4000] },
    { seq: 'trigger', back: [0xf000_0000], along: [5000] },
    { seq: 'past-trigger', back: [0xf000_0000], along: [5000 + LENGTH] },
    { seq: 'zero', back: [0], along: [0] },
    {
      seq: 'ramp',
      count: 4,
      back: [0xf000_0100, 0xf000_06b4, 0xf000_121c, 0xf000_121c],
      along: [4000, 5460, 8380, 8380],
    },
  ])('$seq', ({ seq, count = 1, back, along }) => {
    const injections = reset({ seq, count }, EXACT);
    const seqs = (way: 'back' | 'along'): number[] =>
      injections.filter((i) => i.way === way).map(({ frame }) => decode(frame).seq >>> 0);
    expect([seqs('back'), seqs('along')]).toEqual([back, along]);
  });

  test('past the FIN of a trigger too', () => {
    const trigger = { ...TRIGGER, flags: 'FPA' };
    const [, along] = reset({ seq: 'past-trigger' }, EXACT, trigger);
    expect(along?.what).toMatchObject({ seq: 5000 + LENGTH + 1 });
  });
});

describe('an end that waits for the answer to its SYN obeys', () => {
  test.each(['R', 'RA'] as const)('flags %s, when its SYN is the trigger', (flags) => {
    const syn = { ...TRIGGER, flags: 'S', ack: 0, payload: hex`` };
    const injections = reset({ flags, to: 'client' }, {}, syn);
    const client = new TcpEnd(UNSEEN, syn.seq + 1);
    for (const injection of injections) client.take(injection);
    expect(client.state).toBe('reset');
    expect(injections[0]?.what).toMatchObject({ flags: 'RA' });
  });

  test('when the trigger is the answer', () => {
    const synAck = { ...TRIGGER, flags: 'SA', payload: hex`` };
    const [, along] = reset({}, { toSender: synAck.ack }, synAck, 'server');
    expect(new TcpEnd(UNSEEN, synAck.ack).take(along as Injection).state).toBe('reset');
  });
});

describe('in path', () => {
  const request = httpRequest({ host: 'blocked.test' });
  test.each([
    { trigger: 'drop', rest: 'drop', want: ['drop', 'drop', 'drop'] },
    { trigger: 'pass', rest: 'drop', want: ['accept', 'drop', 'drop'] },
    { trigger: 'pass', rest: 'pass', want: ['accept', 'accept', 'accept'] },
    { trigger: 'drop', rest: 'pass', want: ['drop', 'accept', 'accept'] },
  ] as const)('trigger $trigger, rest $rest', ({ trigger, rest, want }) => {
    const rule = nameRule('http.host', 'blocked.test', { ...RESET, trigger, rest });
    const session = new Session(censor([rule])).handshake();
    const fates = [
      session.send('client', request),
      session.send('server', 'answer'),
      session.send('client', '', { flags: 'FA' }),
    ].map(fateOf);
    expect(fates).toEqual(want);
  });

  test.each(['packet', 'in-order', 'full'] as const)(
    'a trigger that is dropped each time sets it off each time, read by %s',
    (mode) => {
      const action = { ...RESET, rest: 'pass' as const };
      const engine = censor([nameRule('http.host', 'blocked.test', action)], { stream: { mode } });
      const session = new Session(engine).handshake();
      const fates = [0, 0, 0].map((offset) => session.send('client', request, { offset }));
      expect(fates.map(fateOf)).toEqual(['drop', 'drop', 'drop']);
      expect(session.resets).toHaveLength(6);
      expect(session.resets.every(({ isObeyed }) => isObeyed)).toBe(true);
    },
  );

  test('so does the second half of one, of which the first has arrived', () => {
    const action = { ...RESET, rest: 'pass' as const };
    const engine = censor([nameRule('http.host', 'blocked.test', action)], {
      stream: { mode: 'in-order' },
    });
    const session = new Session(engine).handshake();
    session.send('client', request.slice(0, 20));
    const fates = [20, 20].map((offset) => session.send('client', request.slice(20), { offset }));
    expect(fates.map(fateOf)).toEqual(['drop', 'drop']);
    expect(session.resets.every(({ isObeyed }) => isObeyed)).toBe(true);
  });
});

describe('on path', () => {
  const allowed = httpRequest({ host: 'allowed.test' });
  const request = httpRequest({ host: 'blocked.test' });

  describe.each(['packet', 'in-order', 'full'] as const)('read by %s', (mode) => {
    const onPath = (): Session => {
      const rule = nameRule('http.host', 'blocked.test', RESET);
      return new Session(censor([rule], { position: 'on-path', stream: { mode } })).handshake();
    };

    test('the trigger passes, and the server obeys a RST that comes after it', () => {
      const session = onPath();
      session.send('client', allowed);
      session.send('server', 'answer');
      expect(fateOf(session.send('client', request))).toBe('accept');
      expect(session.resets).toEqual([
        { to: 'client', isObeyed: true },
        { to: 'server', isObeyed: true },
      ]);
      expect(fateOf(session.send('server', 'answer'))).toBe('accept');
    });

    test('only what is blocked sets it off, before and after', () => {
      const session = onPath();
      const kinds = [allowed, request, allowed, request, allowed].map(
        (payload) => session.send('client', payload).kind,
      );
      expect(kinds).toEqual(['accept', 'inject', 'accept', 'inject', 'accept']);
      expect(session.resets.every(({ isObeyed }) => isObeyed)).toBe(true);
    });
  });
});

describe('who is reset', () => {
  test.each<{ to: ResetAction['to']; senderIs: 'client' | 'server'; want: string[] }>([
    { to: 'both', senderIs: 'client', want: ['back', 'along'] },
    { to: 'client', senderIs: 'client', want: ['back'] },
    { to: 'server', senderIs: 'client', want: ['along'] },
    { to: 'both', senderIs: 'server', want: ['back', 'along'] },
    { to: 'client', senderIs: 'server', want: ['along'] },
    { to: 'server', senderIs: 'server', want: ['back'] },
  ])('$to, when the $senderIs sent the trigger: $want', ({ to, senderIs, want }) => {
    const injections = reset({ to }, {}, TRIGGER, senderIs);
    expect(injections.map(({ way }) => way)).toEqual(want);
  });

  test('each end as often as `count` says, in turn', () => {
    const ways = reset({ count: 3 }, {}).map(({ way }) => way);
    expect(ways).toEqual(['back', 'along', 'back', 'along', 'back', 'along']);
    expect(reset({ count: 2, to: 'client' }, {})).toHaveLength(2);
  });
});

describe('the packet', () => {
  test.each([
    { flags: 'R' as const, want: 0x04, acks: [0, 0] },
    { flags: 'RA' as const, want: 0x14, acks: [4000, 0xf000_0100] },
  ])(
    'with flags $flags acknowledges what the other end has delivered, or nothing',
    ({ flags, want, acks }) => {
      const injections = reset({ flags }, { toSender: 0xf000_0100, toReceiver: 4000 });
      const packets = injections.map(({ frame }) => decode(frame));
      expect(packets.map((packet) => packet.flags)).toEqual([want, want]);
      expect(packets.map((packet) => packet.ack >>> 0)).toEqual(acks);
      expect(injections.map(({ what }) => 'flags' in what && what.flags)).toEqual([flags, flags]);
    },
  );

  test('has the window, TTL and identification of the action, and right checksums', () => {
    for (const { frame } of reset({ ttl: 33, ipId: 0xabcd, window: 0x1357 }, {})) {
      expect([frame[22], frame.slice(18, 20), frame.slice(48, 50)]).toEqual([
        33,
        hex`ab cd`,
        hex`13 57`,
      ]);
      expect(hasRightChecksums(frame)).toBe(true);
    }
  });

  test('takes TTL and identification from the trigger, if they are copied', () => {
    const trigger = { ...TRIGGER, ttl: 47 };
    const injections = reset({ ttl: 'copied', ipId: 'copied' }, {}, trigger);
    expect(injections.map(({ frame }) => [decode(frame).ttl, decode(frame).ipId])).toEqual([
      [47, 1],
      [47, 1],
    ]);
  });

  test('draws a TTL out of a range with both its ends, and any identification, for each', () => {
    const drawn: number[] = [];
    const numbers = [0, 0x1234, 21, 0xffff];
    const random = (limit: number): number => {
      drawn.push(limit);
      return numbers[drawn.length - 1] ?? 0;
    };
    const injections = reset({ ttl: [30, 51], ipId: 'random' }, {}, TRIGGER, 'client', random);
    expect(injections.map(({ frame }) => [decode(frame).ttl, decode(frame).ipId])).toEqual([
      [30, 0x1234],
      [51, 0xffff],
    ]);
    expect(drawn).toEqual([22, 0x10000, 22, 0x10000]);
  });

  test.each([true, false])('says Do not Fragment or not: %s', (dontFragment) => {
    for (const { frame } of reset({ dontFragment }, {})) {
      expect(frame[20]).toBe(dontFragment ? 0x40 : 0);
    }
  });

  test('comes after the delay of the action', () => {
    expect(reset({ delay: 1.5 }, {}).map(({ delay }) => delay)).toEqual([1.5, 1.5]);
  });

  test('goes to one end as if the other had sent it', () => {
    const ports = reset({}, {}).map(({ frame }) => [decode(frame).srcPort, decode(frame).dstPort]);
    expect(ports).toEqual([
      [80, 40_000],
      [40_000, 80],
    ]);
  });
});

function reset(
  action: Partial<ResetAction>,
  delivered: { readonly toSender?: number | undefined; readonly toReceiver?: number | undefined },
  trigger = TRIGGER,
  senderIs: 'client' | 'server' = 'client',
  random: (limit: number) => number = () => 0,
): ReturnType<typeof resets> {
  const { bytes, at, end } = placed(tcpFrame(trigger));
  const packet = new PacketView().decode(bytes, at, end);
  const flow = new Flow(0);
  deliver(flow.toClient, delivered.toSender);
  deliver(flow.toServer, delivered.toReceiver);
  const seen = new Observation();
  seen.direction = senderIs === 'client' ? 'to-server' : 'to-client';
  const found = findingOf(seen, { read: '', readLength: 0 });
  const rest = { isInPath: true, now: 0, random, direction: 'to-server' as const };
  return resets({ ...RESET, ...action }, { found, packet, flow, ...rest });
}

function deliver(edge: DeliveredEdge, next: number | undefined): void {
  if (next !== undefined) edge.forward((next - 1) | 0, 1);
}

function decode(frame: Uint8Array): PacketView {
  return new PacketView().decode(frame, 0, frame.length);
}
