import { describe, expect, test } from 'vitest';
import { type Direction, Flow } from '../../src/flow/flow.ts';
import { FlowTable } from '../../src/flow/flow-table.ts';
import type { ResyncEvent, TcbKnobs, TeardownEvent } from '../../src/flow/knobs.ts';
import { SessionTracker } from '../../src/flow/session-tracker.ts';
import { PLAIN } from '../../src/policy/presets.ts';
import { PacketView } from '../../src/wire/packet.ts';
import { ascii, type Segment, tcpFrame } from '../support/packets.ts';

const CLIENT = { src: '10.0.0.1', dst: '198.18.0.80', srcPort: 40_000, dstPort: 80 };
const SERVER = { src: CLIENT.dst, dst: CLIENT.src, srcPort: 80, dstPort: 40_000 };
/** Initial sequence numbers. */
const ISN = 1000;
const SERVER_ISN = 5000;
const WINDOW = 2 ** 20;

const syn = from(CLIENT, { seq: ISN, flags: 'S' });
const synAck = from(SERVER, { seq: SERVER_ISN, ack: ISN + 1, flags: 'SA' });
const ack = from(CLIENT, { seq: ISN + 1, ack: SERVER_ISN + 1, flags: 'A' });
const request = from(CLIENT, {
  seq: ISN + 1,
  ack: SERVER_ISN + 1,
  flags: 'PA',
  payload: 'request',
});
const answer = from(SERVER, { seq: SERVER_ISN + 1, ack: ISN + 8, flags: 'PA', payload: 'answer' });

describe('a box that creates its TCB with', () => {
  test.each<{ create: TcbKnobs['create']; follows: readonly (readonly string[])[] }>([
    { create: 'none', follows: [['syn'], ['request'], ['answer']] },
    { create: 'any', follows: [['syn'], ['request'], ['answer']] },
    { create: 'syn', follows: [['syn'], ['syn', 'synAck'], ['request', 'syn']] },
    { create: 'synack', follows: [['syn', 'synAck'], ['synAck'], ['request', 'synAck']] },
  ])('$create follows a flow exactly from then on', ({ create, follows }) => {
    const packets = { syn, synAck, ack, request, answer };
    const all: readonly (readonly (keyof typeof packets)[])[] = [
      ['syn'],
      ['syn', 'synAck'],
      ['synAck'],
      ['request'],
      ['answer'],
      ['request', 'syn'],
      ['request', 'synAck'],
      ['request', 'answer'],
    ];
    for (const sent of all) {
      const { tracker, table } = newTracker({ create });
      for (const name of sent) see(tracker, table, packets[name]);
      const has = follows.some((some) => some.every((name, i) => sent[i] === name));
      expect([sent, onlyFlow(table)?.isFollowed ?? false]).toEqual([sent, has]);
    }
  });

  test.each(['none', 'any', 'syn', 'synack'] as const)(
    '%s remembers nothing of an ACK, a RST or a FIN alone',
    (create) => {
      const { tracker, table } = newTracker({ create });
      see(tracker, table, ack);
      see(tracker, table, from(CLIENT, { seq: 1, flags: 'R' }));
      see(tracker, table, from(CLIENT, { seq: 1, flags: 'FA' }));
      expect(table.size).toBe(0);
    },
  );

  test('synack takes its numbers from it', () => {
    const { tracker, table } = newTracker({ create: 'synack' });
    see(tracker, table, from(CLIENT, { seq: 77, flags: 'S' }));
    see(tracker, table, synAck);
    const flow = onlyFlow(table) as Flow;
    expect([flow.toServer.believedNext, flow.toClient.believedNext]).toEqual([
      ISN + 1,
      SERVER_ISN + 1,
    ]);
  });
});

describe('who is the client', () => {
  /** By whose words are read as a client's. */
  test.each<{ name: string; knobs: Partial<TcbKnobs>; sent: readonly PacketView[]; want: string }>([
    { name: 'sent the SYN', knobs: {}, sent: [syn, synAck], want: 'as it went' },
    {
      name: 'did not send the SYN/ACK',
      knobs: { roles: 'synack-sender-is-server' },
      sent: [syn, synAck],
      want: 'as it went',
    },
    {
      name: 'did not send the SYN/ACK, also if that is all there is',
      knobs: { roles: 'synack-sender-is-server' },
      sent: [synAck],
      want: 'swapped',
    },
    { name: 'is not known from a SYN/ACK alone', knobs: {}, sent: [synAck], want: 'none' },
    {
      name: 'is the server, if the client sends a SYN/ACK after its SYN',
      knobs: { roles: 'synack-sender-is-server' },
      sent: [syn, from(CLIENT, { seq: 7, ack: 8, flags: 'SA' }), synAck],
      want: 'swapped',
    },
    {
      name: 'is the server, if the client sends a SYN/ACK before its SYN',
      knobs: { roles: 'synack-sender-is-server', onSecondSyn: 'ignore' },
      sent: [from(CLIENT, { seq: 7, ack: 8, flags: 'SA' }), syn, synAck],
      want: 'swapped',
    },
    {
      name: 'is who sent the last SYN, for a box that replaces',
      knobs: { roles: 'synack-sender-is-server', onSecondSyn: 'replace' },
      sent: [from(CLIENT, { seq: 7, ack: 8, flags: 'SA' }), syn, synAck],
      want: 'as it went',
    },
    {
      name: 'is not changed by a second SYN/ACK',
      knobs: { roles: 'synack-sender-is-server' },
      sent: [syn, synAck, from(CLIENT, { seq: 7, ack: 8, flags: 'SA' })],
      want: 'as it went',
    },
  ])('$name', ({ knobs, sent, want }) => {
    const { tracker, table } = newTracker(knobs);
    for (const packet of sent) see(tracker, table, packet);
    const flow = onlyFlow(table);
    const isKnown = flow !== undefined && (flow.startWasSeen || flow.hasRoles);
    expect(isKnown ? (flow.isSwapped ? 'swapped' : 'as it went') : 'none').toBe(want);
  });
});

describe('a second SYN', () => {
  const second = from(CLIENT, { seq: 9000, flags: 'S' });
  const secondAnswer = from(SERVER, { seq: 6000, ack: 9001, flags: 'SA' });
  const flowAfter = (
    onSecondSyn: TcbKnobs['onSecondSyn'],
    sent: readonly PacketView[],
    create: TcbKnobs['create'] = 'syn',
  ): Flow => {
    const { tracker, table } = newTracker({ onSecondSyn, create });
    for (const packet of sent) see(tracker, table, packet);
    return onlyFlow(table) as Flow;
  };

  test('replaces what was known', () => {
    const flow = flowAfter('replace', [syn, second]);
    expect([flow.initialSeq, flow.toServer.believedNext]).toEqual([9000, 9001]);
    expect(flow.otherSeqs).toBeUndefined();
  });

  test.each(['ignore', 'multi'] as const)('is kept beside it (%s)', (onSecondSyn) => {
    const flow = flowAfter(onSecondSyn, [syn, second, from(CLIENT, { seq: 8000, flags: 'S' })]);
    expect([flow.initialSeq, flow.toServer.believedNext]).toEqual([ISN, ISN + 1]);
    const [kept, none] =
      onSecondSyn === 'multi'
        ? (['otherSeqs', 'unansweredSeqs'] as const)
        : (['unansweredSeqs', 'otherSeqs'] as const);
    expect([flow[kept], flow[none]]).toEqual([[9000, 8000], undefined]);
  });

  test.each(['ignore', 'multi', 'replace'] as const)('of the same number is none (%s)', (knob) => {
    const flow = flowAfter(knob, [syn, syn, synAck, syn]);
    expect([flow.initialSeq, flow.otherSeqs]).toEqual([ISN, undefined]);
  });

  test('that replaces makes the roles unknown again, for its own SYN/ACK to tell', () => {
    const { tracker, table } = newTracker({
      onSecondSyn: 'replace',
      roles: 'synack-sender-is-server',
    });
    const early = from(CLIENT, { seq: 7, ack: 8, flags: 'SA' });
    for (const packet of [syn, early]) see(tracker, table, packet);
    expect(onlyFlow(table)).toMatchObject({ hasRoles: true, isSwapped: true });
    see(tracker, table, second);
    expect(onlyFlow(table)).toMatchObject({ hasRoles: false, isSwapped: false });
  });

  test('that replaces leaves nothing of what was done to the old session, or read in it', () => {
    const { tracker, table } = newTracker({ onSecondSyn: 'replace' });
    for (const packet of [syn, synAck]) see(tracker, table, packet);
    const flow = onlyFlow(table) as Flow;
    let closed = 0;
    flow.sentence = {};
    flow.noteDone('a rule');
    flow.rare.combined.push('half of what a rule asks for');
    flow.rare.reading = { close: () => closed++ };
    flow.rare.otherSeqs = [1];
    see(tracker, table, second);
    expect(flow).toMatchObject({ initialSeq: 9000, isFollowed: true, sentence: undefined });
    expect([flow.isDone('a rule'), closed]).toEqual([false, 1]);
    expect([flow.combined, flow.reading, flow.otherSeqs]).toEqual(Array(3).fill(undefined));
  });

  test('that was ignored counts when the server answers it, and nothing else', () => {
    expect(flowAfter('ignore', [syn, second, secondAnswer]).toServer.believedNext).toBe(9001);
    expect(flowAfter('ignore', [syn, second, synAck]).toServer.believedNext).toBe(ISN + 1);
    expect(flowAfter('ignore', [syn, secondAnswer]).toServer.believedNext).toBe(ISN + 1);
    expect(flowAfter('multi', [syn, second, secondAnswer]).toServer.believedNext).toBe(ISN + 1);
  });

  test('that was ignored counts after payloads, too, once the server answers it, and not before', () => {
    const { tracker, table } = newTracker({ onSecondSyn: 'ignore' });
    for (const packet of [syn, synAck]) see(tracker, table, packet);
    const flow = onlyFlow(table) as Flow;
    flow.toServer.countPayload(7);
    flow.noteDone('a rule');
    for (const packet of [second, answer, synAck]) see(tracker, table, packet);
    expect([flow.initialSeq, flow.toServer.payloads, flow.isDone('a rule')]).toEqual([
      ISN,
      1,
      true,
    ]);
    see(tracker, table, secondAnswer);
    expect(flow).toMatchObject({ initialSeq: 9000, isFollowed: true, unansweredSeqs: undefined });
    expect([flow.toServer.believedNext, flow.toClient.believedNext]).toEqual([9001, 6001]);
    expect([flow.toServer.payloads, flow.isDone('a rule')]).toEqual([0, false]);
  });

  test('that was ignored begins a flow once, however often the server answers it', () => {
    const { tracker, table } = newTracker({ onSecondSyn: 'ignore' });
    for (const packet of [syn, second, secondAnswer]) see(tracker, table, packet);
    const flow = onlyFlow(table) as Flow;
    flow.toServer.countPayload(7);
    see(tracker, table, secondAnswer);
    expect([flow.initialSeq, flow.toServer.payloads]).toEqual([9000, 1]);
  });

  test('is the first for a box that does not follow the flow', () => {
    const flow = flowAfter('ignore', [request, second]);
    expect([flow.isFollowed, flow.initialSeq, flow.otherSeqs]).toEqual([true, 9000, undefined]);
  });

  test('is kept only a few times', () => {
    const many = Array.from({ length: 50 }, (_, i) => from(CLIENT, { seq: i, flags: 'S' }));
    expect(flowAfter('multi', [syn, ...many]).otherSeqs).toEqual([0, 1, 2, 3]);
  });

  test('of the other end changes nothing by itself', () => {
    const flow = flowAfter('ignore', [syn, from(SERVER, { seq: 4, flags: 'S' })]);
    expect([flow.initialSeq, flow.otherSeqs]).toEqual([ISN, undefined]);
  });
});

describe('a session is torn down', () => {
  const flags = ['R', 'RA', 'FA', 'F', 'FPA', 'FRA', 'FRAPU', 'SR', 'FSRPAU', 'PA'];
  test.each<{ event: TeardownEvent; by: readonly string[] }>([
    { event: 'rst', by: ['R'] },
    { event: 'rstack', by: ['RA'] },
    { event: 'fin', by: ['FA', 'F', 'FPA', 'FRA', 'FRAPU', 'FSRPAU'] },
    { event: 'oddflags', by: ['F', 'FRA', 'FRAPU', 'SR', 'FSRPAU'] },
  ])('on $event by flags $by', ({ event, by }) => {
    const ending = flags.filter((some) =>
      ends({ on: [event], match: '4tuple', does: 'forget' }, some),
    );
    expect(ending).toEqual(by);
  });

  test.each<{ match: TcbKnobs['teardown']['match']; by: readonly number[] }>([
    { match: 'ports-ignored', by: [0, 1, -1, 5000, WINDOW] },
    { match: '4tuple', by: [0, 1, -1, 5000, WINDOW] },
    { match: '4tuple+seq-window', by: [0, 1, -1, 5000] },
    { match: '4tuple+seq-exact', by: [0] },
  ])('matching $match by numbers $by from the next one', ({ match, by }) => {
    const knobs = { on: ['rst'], match, does: 'forget' } as const;
    for (const way of ['to-server', 'to-client'] as const) {
      const ending = [0, 1, -1, 5000, WINDOW].filter((ahead) => ends(knobs, 'R', ahead, way));
      expect(ending).toEqual(by);
    }
  });

  test('or not, if the box does something else', () => {
    const knobs = { on: ['rst'], match: '4tuple' } as const;
    expect(ends({ ...knobs, does: 'ignore' }, 'R')).toBe(false);
    expect(ends({ ...knobs, does: 'resync' }, 'R')).toBe(false);
    expect(ends({ ...knobs, on: [], does: 'forget' }, 'R')).toBe(false);
  });

  describe.each(['4tuple+seq-exact', '4tuple+seq-window'] as const)(
    'before the SYN is answered, matching %s,',
    (match) => {
      const endsBy = (ends: typeof CLIENT, segment: Parameters<typeof from>[1]): boolean => {
        const teardown = { on: ['rst', 'rstack'], match, does: 'forget' } as const;
        const { tracker, table } = newTracker({ teardown });
        see(tracker, table, syn);
        const way = ends === CLIENT ? 'to-server' : 'to-client';
        return tracker.endsBy(from(ends, segment), onlyFlow(table) as Flow, way);
      };

      test.each([
        { name: 'that acknowledges it', segment: { flags: 'RA', ack: ISN + 1 }, want: true },
        { name: 'that acknowledges less', segment: { flags: 'RA', ack: ISN }, want: false },
        { name: 'that acknowledges more', segment: { flags: 'RA', ack: ISN + 2 }, want: false },
        { name: 'without ACK', segment: { flags: 'R', ack: ISN + 1 }, want: false },
      ])('by a RST of the server $name: $want', ({ segment, want }) => {
        expect(endsBy(SERVER, { seq: 77, ...segment })).toBe(want);
      });

      test('by a RST of the client with the next number', () => {
        expect(endsBy(CLIENT, { seq: ISN + 1, flags: 'R' })).toBe(true);
        expect(endsBy(CLIENT, { seq: ISN + 1 + WINDOW, flags: 'R' })).toBe(false);
      });
    },
  );

  test('by any number, where none is known', () => {
    const { tracker } = newTracker({
      teardown: { on: ['rst'], match: '4tuple+seq-exact', does: 'forget' },
    });
    const packet = from(SERVER, { seq: 12_345, flags: 'R' });
    expect(tracker.endsBy(packet, new Flow(0), 'to-client')).toBe(true);
  });

  test('to resynchronise both ways', () => {
    const { tracker, table } = newTracker({
      teardown: { on: ['fin'], match: '4tuple', does: 'resync' },
    });
    for (const packet of [syn, synAck]) see(tracker, table, packet);
    const flow = onlyFlow(table) as Flow;
    tracker.endsBy(from(CLIENT, { seq: ISN + 1, flags: 'FA' }), flow, 'to-server');
    expect([flow.toServer.isResyncing, flow.toClient.isResyncing]).toEqual([true, true]);
  });

  test.each(['ignore', 'forget'] as const)('and not to resynchronise, to %s', (does) => {
    const { tracker, table } = newTracker({ teardown: { on: ['fin'], match: '4tuple', does } });
    for (const packet of [syn, synAck]) see(tracker, table, packet);
    const flow = onlyFlow(table) as Flow;
    tracker.endsBy(from(CLIENT, { seq: ISN + 1, flags: 'FA' }), flow, 'to-server');
    expect([flow.toServer.isResyncing, flow.toClient.isResyncing]).toEqual([false, false]);
  });

  test('elsewhere by any of several kinds', () => {
    const { tracker } = newTracker({
      teardown: { on: ['rst', 'fin'], match: 'ports-ignored', does: 'forget' },
    });
    expect(tracker.endsOthersBy(from(CLIENT, { seq: 1, flags: 'FA' }))).toBe(true);
    expect(tracker.endsOthersBy(from(CLIENT, { seq: 1, flags: 'A' }))).toBe(false);
  });

  test.each([
    { match: 'ports-ignored' as const, does: 'forget' as const, want: true },
    { match: 'ports-ignored' as const, does: 'ignore' as const, want: false },
    { match: '4tuple' as const, does: 'forget' as const, want: false },
  ])(
    'elsewhere by a RST of no known flow, with $match and $does: $want',
    ({ match, does, want }) => {
      const { tracker } = newTracker({ teardown: { on: ['rst'], match, does } });
      expect(tracker.endsOthersBy(from(CLIENT, { seq: 1, flags: 'R' }))).toBe(want);
      expect(tracker.endsOthersBy(from(CLIENT, { seq: 1, flags: 'RA' }))).toBe(false);
    },
  );
});

describe('a box resynchronises on', () => {
  const second = from(CLIENT, { seq: 9000, flags: 'S' });
  test.each<{ event: ResyncEvent; packet: PacketView; isEvent: boolean }>([
    { event: 'syn', packet: second, isEvent: true },
    { event: 'syn', packet: syn, isEvent: false },
    { event: 'syn', packet: ack, isEvent: false },
    { event: 'ack', packet: ack, isEvent: true },
    { event: 'ack', packet: from(SERVER, { seq: 1, ack: 2, flags: 'A' }), isEvent: true },
    { event: 'ack', packet: request, isEvent: false },
    { event: 'ack', packet: from(CLIENT, { seq: 1, ack: 2, flags: 'FA' }), isEvent: false },
    { event: 'ack', packet: from(CLIENT, { seq: 1, ack: 2, flags: 'RA' }), isEvent: false },
    { event: 'synack', packet: from(SERVER, { seq: 3, ack: 4, flags: 'SA' }), isEvent: true },
    { event: 'synack', packet: synAck, isEvent: false },
    { event: 'synack', packet: second, isEvent: false },
  ])('$event', ({ event, packet, isEvent }) => {
    const { tracker, table } = newTracker({ resyncOn: [event], onSecondSyn: 'ignore' });
    for (const each of [syn, synAck]) see(tracker, table, each);
    const flow = onlyFlow(table) as Flow;
    flow.toServer.isResyncing = false;
    flow.toClient.isResyncing = false;
    see(tracker, table, packet);
    expect(flow.toServer.isResyncing).toBe(isEvent);
  });

  test('rst, whether or not that ends anything', () => {
    const teardown = { on: [], match: '4tuple', does: 'ignore' } as const;
    for (const [resyncOn, want] of [
      [['rst'], true],
      [['syn', 'ack', 'synack'], false],
    ] as const) {
      const { tracker } = newTracker({ resyncOn, teardown });
      const flow = new Flow(0);
      tracker.endsBy(from(CLIENT, { seq: 1, flags: 'RA' }), flow, 'to-server');
      expect(flow.toServer.isResyncing).toBe(want);
    }
  });
});

test('a SYN begins a known flow anew, whoever sends it, with nothing of what was believed', () => {
  for (const packet of [
    from(CLIENT, { seq: 77, flags: 'S' }),
    from(SERVER, { seq: 77, flags: 'S' }),
  ]) {
    const { tracker, table } = newTracker({ create: 'syn' });
    for (const each of [syn, synAck]) see(tracker, table, each);
    const flow = table.find(packet, 0) as Flow;
    flow.sentence = {};
    flow.rare.otherSeqs = [1];
    flow.toServer.restart(ISN + 1);
    tracker.beginAnew(packet, flow, table.direction);
    expect(flow).toMatchObject({ initialSeq: 77, isFollowed: true, otherSeqs: undefined });
    expect([flow.sentence, flow.toServer.believedNext]).toEqual([undefined, 78]);
    expect(flow.toClient.isBelieved).toBe(false);
    expect(table.find(packet, 0)).toBe(flow);
    expect(table.direction).toBe('to-server');
    const stillKnown = packet.srcPort === 80 ? flow.toClient : flow.toServer;
    expect(stillKnown.next).toBe(ISN + 1);
  }
});

describe('a payload on a SYN', () => {
  const opening = from(CLIENT, { seq: ISN, flags: 'S', payload: 'data' });
  const answerOf = (ack: number): PacketView => from(SERVER, { seq: SERVER_ISN, ack, flags: 'SA' });
  const nextAfter = (
    synPayload: TcbKnobs['synPayload'],
    answers: readonly PacketView[],
    { isCounted = true, first = opening } = {},
  ): number => {
    const { tracker, table } = newTracker({ synPayload });
    see(tracker, table, first);
    const flow = onlyFlow(table) as Flow;
    flow.toServer.believe(ISN + 1, 4);
    if (isCounted) flow.toServer.countPayload(4);
    for (const each of answers) see(tracker, table, each);
    return flow.toServer.believedNext;
  };

  test.each([
    { name: 'is forgotten when the answer leaves it out', ack: ISN + 1, want: ISN + 1 },
    { name: 'stays when the answer acknowledges it', ack: ISN + 5, want: ISN + 5 },
    { name: 'is cut where the answer takes its beginning alone', ack: ISN + 3, want: ISN + 3 },
    { name: 'stays when the answer is to something before it', ack: ISN, want: ISN + 5 },
    { name: 'stays when the answer is to something behind it', ack: ISN + 9, want: ISN + 5 },
  ])('that counts until it is refused $name', ({ ack, want }) => {
    expect(nextAfter('until-refused', [answerOf(ack)])).toBe(want);
  });

  test('that counts whatever the answer is stays', () => {
    for (const knob of ['ignore', 'inspect'] as const) {
      expect(nextAfter(knob, [answerOf(ISN + 1)])).toBe(ISN + 5);
    }
  });

  test('is refused by the first answer alone, and only if it was counted', () => {
    expect(nextAfter('until-refused', [answerOf(ISN + 5), answerOf(ISN + 1)])).toBe(ISN + 5);
    expect(nextAfter('until-refused', [answerOf(ISN + 1)], { isCounted: false })).toBe(ISN + 5);
    expect(nextAfter('until-refused', [answerOf(ISN + 1)], { first: request })).toBe(ISN + 5);
  });
});

describe('a session counts as open', () => {
  const isOpen = (sent: readonly PacketView[]): boolean => {
    const { tracker, table } = newTracker({ halfOpenTimeout: 10 });
    for (const packet of sent) see(tracker, table, packet);
    return table.find(syn, 11) !== undefined;
  };
  test.each([
    { name: 'not by its SYN', sent: [syn], want: false },
    { name: 'not by a second one, or an ACK of the client', sent: [syn, syn, ack], want: false },
    { name: 'by the answer to it', sent: [syn, synAck], want: true },
    { name: 'by a payload', sent: [syn, request], want: true },
    { name: 'by its first packet, if that has a payload', sent: [request], want: true },
  ])('$name', ({ sent, want }) => {
    expect(isOpen(sent)).toBe(want);
  });
});

function newTracker(knobs: Partial<TcbKnobs>): { tracker: SessionTracker; table: FlowTable } {
  const all = { ...PLAIN.tcb, capacity: 8, ...knobs };
  const table = new FlowTable(all);
  return { tracker: new SessionTracker(all, table), table };
}

/** As the engine does with a packet that is believed. */
function see(tracker: SessionTracker, table: FlowTable, packet: PacketView): void {
  const flow = table.find(packet, 0);
  if (flow === undefined) tracker.begin(packet, 0);
  else tracker.take(packet, flow, table.direction);
}

function onlyFlow(table: FlowTable): Flow | undefined {
  return table.find(syn, 0);
}

/** Whether a packet ends an open session for a box with these knobs. */
function ends(
  teardown: TcbKnobs['teardown'],
  flags: string,
  ahead = 0,
  way: Direction = 'to-server',
): boolean {
  const { tracker, table } = newTracker({ teardown });
  for (const packet of [syn, synAck]) see(tracker, table, packet);
  const flow = onlyFlow(table) as Flow;
  const [ends, next] = way === 'to-server' ? [CLIENT, ISN + 1] : [SERVER, SERVER_ISN + 1];
  return tracker.endsBy(from(ends, { seq: next + ahead, flags }), flow, way);
}

function from(
  ends: typeof CLIENT,
  { payload = '', ...segment }: Omit<Partial<Segment>, 'payload'> & { payload?: string },
): PacketView {
  const frame = tcpFrame({
    ...ends,
    seq: 0,
    ack: 0,
    flags: 'A',
    ...segment,
    payload: ascii(payload),
  });
  return new PacketView().decode(frame, 0, frame.length);
}
