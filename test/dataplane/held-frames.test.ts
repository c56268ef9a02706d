import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HeldFrames } from '../../src/dataplane/held-frames.ts';

describe('held frames', () => {
  test('leave when they are due, and not before', () => {
    const held = new HeldFrames<string>(100);
    held.push('left', frame(1), 5, 'came');
    expect([held.deadline, held.shift(4.99)]).toEqual([5, undefined]);
    expect(held.shift(5)).toMatchObject({ to: 'left', frame: frame(1), due: 5 });
    expect([held.deadline, held.shift(1000)]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  });

  test('leave in the order in which they are due, whatever the order they came in', () => {
    const held = new HeldFrames<string>(100);
    for (const due of [30, 10, 20]) held.push('left', frame(1, due), due, 'came');
    expect(held.deadline).toBe(10);
    expect(bytesOf(held, 25)).toEqual([10, 20]);
    expect(bytesOf(held, 30)).toEqual([30]);
  });

  test('leave in the order they came in, where they are due together', () => {
    const held = new HeldFrames<string>(100);
    for (const byte of [1, 2, 3]) held.push('left', frame(1, byte), 7, 'came');
    held.push('left', frame(1, 0), 6, 'came');
    held.push('left', frame(1, 4), 7, 'came');
    expect(bytesOf(held, 7)).toEqual([0, 1, 2, 3, 4]);
  });

  test('are lost and counted when they are more than fit, until some have left', () => {
    const held = new HeldFrames<string>(10);
    held.push('left', frame(6, 1), 1, 'came');
    held.push('left', frame(5, 2), 1, 'came');
    held.push('left', frame(4, 3), 1, 'came');
    held.push('left', frame(1, 4), 1, 'came');
    expect([held.overflowed, bytesOf(held, 1)]).toEqual([2, [1, 3]]);
    held.push('left', frame(10, 5), 2, 'came');
    held.push('left', frame(11, 6), 2, 'came');
    expect([held.overflowed, bytesOf(held, 2)]).toEqual([3, [5]]);
  });

  test('that the box made have room of their own, and keep their place among the others', () => {
    const held = new HeldFrames<string>(2);
    for (const byte of [1, 2, 3]) held.push('left', frame(1, byte), 5, 'came');
    for (const byte of [4, 5, 6]) held.push('left', frame(1, byte), 5, 'made');
    held.push('left', frame(1, 7), 4, 'made');
    expect([held.overflowed, bytesOf(held, 5)]).toEqual([3, [1, 2, 4, 5]]);
    held.push('left', frame(2, 8), 6, 'made');
    expect([held.overflowed, bytesOf(held, 6)]).toEqual([3, [8]]);
  });

  test('come out as a stable sort by due time has them, with any pauses', () => {
    const step = fc.record({
      due: fc.nat(50),
      releaseAt: fc.option(fc.nat(50), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const held = new HeldFrames<number>(1e6);
        let model: { due: number; i: number }[] = [];
        for (const [i, { due, releaseAt }] of steps.entries()) {
          held.push(i, frame(1), due, 'came');
          model.push({ due, i });
          if (releaseAt === undefined) continue;
          const want = model.filter((f) => f.due <= releaseAt).toSorted((a, b) => a.due - b.due);
          model = model.filter((f) => f.due > releaseAt);
          expect(released(held, releaseAt)).toEqual(want.map((f) => f.i));
          const next = Math.min(Number.POSITIVE_INFINITY, ...model.map((f) => f.due));
          expect(held.deadline).toBe(next);
        }
      }),
    );
  });
});

function frame(length: number, byte = 0): Uint8Array {
  return new Uint8Array(length).fill(byte);
}

function bytesOf(held: HeldFrames<string>, now: number): (number | undefined)[] {
  const bytes = [];
  for (let next = held.shift(now); next !== undefined; next = held.shift(now)) {
    bytes.push(next.frame[0]);
  }
  return bytes;
}

function released(held: HeldFrames<number>, now: number): number[] {
  const to = [];
  for (let next = held.shift(now); next !== undefined; next = held.shift(now)) to.push(next.to);
  return to;
}
