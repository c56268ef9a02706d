import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveredEdge } from '../../src/flow/delivered-edge.ts';
import { Receiver } from '../support/receiver.ts';

const GAPS = 8;
const ISNS = [0, 1000, 0x7fff_ffe0, 0xffff_ffe0];

test('the first segment makes the edge known, at its end', () => {
  const edge = new DeliveredEdge();
  expect(edge.isKnown).toBe(false);
  edge.forward(0xffff_fffe, 5);
  expect(edge).toMatchObject({ isKnown: true, next: 3 });
});

test.each([
  { name: 'the next segment', seq: 100, length: 10, want: 110 },
  { name: 'one that was sent before', seq: 90, length: 10, want: 100 },
  { name: 'one that was partly sent before', seq: 95, length: 10, want: 105 },
  { name: 'one beyond a gap', seq: 101, length: 10, want: 100 },
  { name: 'an empty one beyond a gap', seq: 150, length: 0, want: 100 },
  { name: 'a keep-alive probe', seq: 99, length: 0, want: 100 },
  { name: 'one that ends where what is old begins', seq: 100 + 2 ** 31 - 5, length: 10, want: 100 },
])('after $name the edge is $want', ({ seq, length, want }) => {
  expect(edgeAt(100, [[seq, length]]).next).toBe(want);
});

test('an empty segment makes no edge known, nor does an acknowledgement or a note', () => {
  const edge = new DeliveredEdge();
  edge.forward(100, 0);
  edge.acknowledged(100);
  edge.noteSent(200);
  expect(edge).toMatchObject({ isKnown: false, next: 0, acked: 0, sentUntil: 0 });
  edge.forward(100, 10);
  expect(edge).toMatchObject({ next: 110, acked: 100, sentUntil: 110 });
});

describe('all that was sent ends', () => {
  test.each<{ name: string; segments: [number, number][]; notes?: number[]; want: number }>([
    { name: 'at the edge where there is no gap', segments: [], want: 100 },
    {
      name: 'with the last segment beyond a gap',
      segments: [
        [120, 10],
        [105, 5],
      ],
      want: 130,
    },
    {
      name: 'with the edge once it is further',
      segments: [
        [120, 10],
        [100, 50],
      ],
      want: 150,
    },
    {
      name: 'with the edge, also after the gap',
      segments: [
        [120, 10],
        [100, 20],
        [130, 5],
      ],
      want: 135,
    },
    { name: 'where it was noted', segments: [], notes: [140, 120], want: 140 },
    { name: 'at the edge, if less was noted', segments: [], notes: [90, 100], want: 100 },
  ])('$name', ({ segments, notes = [], want }) => {
    const edge = edgeAt(100, segments);
    for (const end of notes) edge.noteSent(end);
    expect(edge.sentUntil).toBe(want);
  });
});

test('the edge jumps over all that lies behind a gap once it is filled', () => {
  const beyond: [number, number][] = [
    [130, 10],
    [110, 10],
    [120, 10],
    [150, 10],
  ];
  expect(edgeAt(100, beyond).next).toBe(100);
  expect(edgeAt(100, [...beyond, [100, 10]]).next).toBe(140);
});

test('one gap is one gap, however many segments follow it', () => {
  const beyond = Array.from({ length: 40 }, (_, i): [number, number] => [110 + 10 * i, 10]);
  expect(edgeAt(100, [...beyond, [100, 10]]).next).toBe(510);
});

test('reset forgets the edge and what lay beyond it', () => {
  const edge = edgeAt(100, [[120, 10]]);
  edge.reset();
  expect(edge.isKnown).toBe(false);
  edge.forward(100, 20);
  edge.forward(120, 1);
  expect(edge.next).toBe(121);
});

describe('an acknowledgement', () => {
  test.each([
    { name: 'of what was delivered', ack: 100, want: { next: 100, acked: 100 } },
    { name: 'of less', ack: 90, want: { next: 100, acked: 99 } },
    { name: 'of what lies beyond the gap', ack: 120, want: { next: 130, acked: 120 } },
    { name: 'of all that was sent', ack: 130, want: { next: 130, acked: 130 } },
    { name: 'of part of the gap', ack: 105, want: { next: 105, acked: 105 } },
    { name: 'up to the edge of the gap', ack: 110, want: { next: 130, acked: 110 } },
    { name: 'of more than was sent', ack: 131, want: { next: 100, acked: 99 } },
    { name: 'of much more', ack: 100 + 2 ** 31 - 1, want: { next: 100, acked: 99 } },
  ])('$name moves the edge to $want', ({ ack, want }) => {
    for (const base of ISNS) {
      const edge = edgeAt(base + 100, [[base + 110, 20]]);
      edge.acknowledged((base + ack) | 0);
      const moved = { next: edge.next - base, acked: edge.acked - base };
      expect({ next: moved.next | 0, acked: moved.acked | 0 }).toEqual(want);
    }
  });

  test('helps over more gaps than are remembered', () => {
    const beyond = Array.from({ length: 12 }, (_, i): [number, number] => [110 + 20 * i, 10]);
    const edge = edgeAt(100, beyond);
    edge.acknowledged(340);
    expect(edge.next).toBe(340);
  });

  test('means nothing before anything is known', () => {
    const edge = new DeliveredEdge();
    edge.acknowledged(100);
    expect(edge).toMatchObject({ isKnown: false, acked: 0 });
  });

  test('of what was announced counts, and no more', () => {
    for (const base of ISNS) {
      const edge = edgeAt(base + 100, []);
      edge.noteSent((base + 150) | 0);
      edge.acknowledged((base + 151) | 0);
      expect((edge.next - base) | 0).toBe(100);
      edge.acknowledged((base + 140) | 0);
      expect([(edge.next - base) | 0, (edge.sentUntil - base) | 0]).toEqual([140, 150]);
    }
  });
});

describe('a receiver that starts anew', () => {
  test('has nothing of what lay beyond a gap', () => {
    const edge = edgeAt(100, [[120, 10]]);
    edge.recentTimestamp = 7;
    edge.restart(110);
    expect(edge).toMatchObject({
      isKnown: true,
      first: 110,
      next: 110,
      acked: 110,
      sentUntil: 110,
    });
    expect(edge.recentTimestamp).toBeUndefined();
    edge.forward(110, 10);
    expect(edge.next).toBe(120);
  });

  test('may do so anywhere', () => {
    for (const next of [0, -1, 0x7fff_ffff, -0x8000_0000]) {
      const edge = edgeAt(100, []);
      edge.restart(next);
      edge.forward(next, 1);
      expect(edge.next).toBe((next + 1) | 0);
    }
  });
});

test('what was sent long ago is not taken for what is to come', () => {
  const edge = edgeAt(0, [[10, 10]]);
  for (let at = 0; at < 5; at++) {
    edge.forward(edge.next, 2 ** 30);
    expect(edge.sentUntil).toBe(edge.next);
  }
});

describe('whatever the order of the segments, across the wrap', () => {
  const segment = fc.record({
    offset: fc.oneof(fc.integer({ min: -4, max: 20 }), fc.nat(120)),
    length: fc.nat(12),
  });
  const segments = fc.array(segment, { maxLength: 60, size: 'max' });

  test(`the edge is the receiver's next sequence number while it has no more than ${GAPS} gaps`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...ISNS), segments, (isn, sent) => {
        const { edge, receiver } = both(isn);
        for (const { offset, length } of sent) {
          edge.forward((isn + offset) | 0, length);
          receiver.take(isn + offset, length);
          if (receiver.gapCount > GAPS) return;
          expect(edge.next >>> 0).toBe(receiver.next);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('the edge is never ahead of the receiver, however many gaps there are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ISNS), segments, (isn, sent) => {
        const { edge, receiver } = both(isn);
        for (const { offset, length } of sent) {
          edge.forward((isn + 3 * offset) | 0, length % 5);
          receiver.take(isn + 3 * offset, length % 5);
          expect((receiver.next - edge.next) | 0).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});

/** A known edge, and what it is after these segments. */
function edgeAt(next: number, segments: readonly (readonly [number, number])[]): DeliveredEdge {
  const edge = new DeliveredEdge();
  edge.forward((next - 1) | 0, 1);
  for (const [seq, length] of segments) edge.forward(seq, length);
  return edge;
}

/** After a SYN with this number. */
function both(isn: number): { edge: DeliveredEdge; receiver: Receiver } {
  const edge = new DeliveredEdge();
  const receiver = new Receiver(isn);
  edge.forward(isn | 0, 1);
  receiver.take(isn, 1);
  return { edge, receiver };
}
