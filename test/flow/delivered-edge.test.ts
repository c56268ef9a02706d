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
])('after $name the edge is $want', ({ seq, length, want }) => {
  expect(edgeAt(100, [[seq, length]]).next).toBe(want);
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
