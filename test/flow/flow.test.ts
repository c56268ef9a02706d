import { describe, expect, test } from 'vitest';
import { Flow, type IgnoredSegment } from '../../src/flow/flow.ts';

const RULE = { id: 'a rule' };

describe('a new flow', () => {
  test('has nothing that few flows have', () => {
    const flow = new Flow(0);
    expect(flow).toMatchObject({
      pendingSyn: undefined,
      otherSeqs: undefined,
      unansweredSeqs: undefined,
      reading: undefined,
      combined: undefined,
      ignored: [],
    });
    expect(flow.isDone(RULE)).toBe(false);
  });

  test('has nothing but what was asked for once it has anything of that kind', () => {
    const flow = new Flow(0);
    flow.noteDone(RULE);
    expect([flow.isDone(RULE), flow.isDone({ ...RULE })]).toEqual([true, false]);
    expect([flow.combined, flow.ignored, flow.pendingSyn]).toEqual([[], [], undefined]);
  });
});

test('a flow keeps the first eight segments that were not believed, with unsigned numbers', () => {
  const flow = new Flow(0);
  for (let i = 0; i < 10; i++) flow.noteIgnored('to-server', -1 - i, i, 'bad-tcp-checksum');
  expect(flow.ignored).toHaveLength(8);
  const [first, , third] = flow.ignored as [IgnoredSegment, IgnoredSegment, IgnoredSegment];
  expect(first).toEqual({
    direction: 'to-server',
    seq: 0xffff_ffff,
    length: 0,
    reason: 'bad-tcp-checksum',
  });
  expect([third.seq, third.length]).toEqual([0xffff_fffd, 2]);
});

describe('a flow that is forgotten', () => {
  const used = (): { flow: Flow; closed: string[] } => {
    const flow = new Flow(3);
    const closed: string[] = [];
    flow.initialSeq = 7;
    flow.isFollowed = true;
    flow.isSwapped = true;
    flow.hasRoles = true;
    flow.finsSeen = 2;
    flow.sentence = 'blackhole';
    flow.toServer.restart(8);
    flow.toServer.rebase(8);
    flow.toClient.rebase(9);
    flow.rare.otherSeqs = [1];
    flow.rare.pendingSyn = 77;
    flow.rare.reading = { close: () => void closed.push('reading') };
    flow.noteDone(RULE);
    return { flow, closed };
  };

  test('keeps what its ends have received, and a SYN that may still be answered', () => {
    const { flow, closed } = used();
    flow.forget();
    expect(flow).toMatchObject({
      startWasSeen: false,
      isFollowed: false,
      isSwapped: false,
      hasRoles: false,
      sentence: undefined,
      otherSeqs: undefined,
      reading: undefined,
      pendingSyn: 77,
      finsSeen: 2,
    });
    expect([flow.toServer.isBelieved, flow.toClient.isBelieved]).toEqual([false, false]);
    expect([flow.toServer.next, flow.isDone(RULE), closed]).toEqual([8, false, ['reading']]);
  });

  test('and reset knows nothing at all', () => {
    const { flow } = used();
    flow.reset();
    expect([flow.toServer.isKnown, flow.pendingSyn, flow.finsSeen]).toEqual([false, undefined, 0]);
  });

  test('is as light as a new one if it had no such SYN', () => {
    const flow = new Flow(0);
    flow.noteDone(RULE);
    flow.forget();
    expect([flow.combined, flow.pendingSyn]).toEqual([undefined, undefined]);
  });
});

test('the reading of a flow is closed once', () => {
  const flow = new Flow(0);
  let count = 0;
  flow.rare.reading = { close: () => void count++ };
  flow.endReading();
  flow.endReading();
  expect([count, flow.reading]).toEqual([1, undefined]);
});

test.each([
  { fins: 0, want: 0 },
  { fins: 1, want: 2 },
  { fins: 2, want: 1 },
  { fins: 3, want: 3 },
])('a flow turned round has its ends exchanged, and FINs $fins are $want', ({ fins, want }) => {
  const flow = new Flow(0);
  flow.isFollowed = true;
  flow.finsSeen = fins;
  const { toServer, toClient } = flow;
  flow.reverse();
  expect(flow.half('to-server')).toBe(toClient);
  expect(flow.half('to-client')).toBe(toServer);
  expect([flow.finsSeen, flow.isFollowed, flow.isSwapped]).toEqual([want, true, false]);
});
