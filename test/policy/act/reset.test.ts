import { describe, expect, test } from 'vitest';
import type { DeliveredEdge } from '../../../src/flow/delivered-edge.ts';
import { Flow } from '../../../src/flow/flow.ts';
import { type ResetAction, resets } from '../../../src/policy/act/reset.ts';
import { Observation } from '../../../src/policy/observation.ts';
import { PacketView } from '../../../src/wire/packet.ts';
import { RESET } from '../../support/censors.ts';
import {
  ascii,
  hasRightChecksums,
  hex,
  placed,
  type Segment,
  tcpFrame,
} from '../../support/packets.ts';

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
      name: 'more was acknowledged than was seen',
      toSender: 0xefff_ff00,
      toReceiver: 5000,
      want: [0xf000_0000, 5000],
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
): ReturnType<typeof resets> {
  const { bytes, at, end } = placed(tcpFrame(trigger));
  const packet = new PacketView().decode(bytes, at, end);
  const flow = new Flow(0);
  deliver(flow.toClient, delivered.toSender);
  deliver(flow.toServer, delivered.toReceiver);
  const seen = new Observation();
  seen.direction = senderIs === 'client' ? 'to-server' : 'to-client';
  const rest = { isInPath: true, now: 0, random: () => 0, direction: 'to-server' as const };
  return resets({ ...RESET, ...action }, { seen, packet, flow, ...rest });
}

function deliver(edge: DeliveredEdge, next: number | undefined): void {
  if (next !== undefined) edge.forward((next - 1) | 0, 1);
}

function decode(frame: Uint8Array): PacketView {
  return new PacketView().decode(frame, 0, frame.length);
}
