import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayLine, type Link } from '../../src/dataplane/delay-line.ts';
import { Draws } from '../../src/dataplane/draws.ts';
import { growthPerCall } from '../support/growth.ts';

test('a frame comes out unchanged when its time has come, not before', () => {
  const line = new DelayLine(after(20), NO_DRAWS, new Uint8Array(100), 10, 50);
  line.push(Uint8Array.of(9, 1, 2, 3, 9), 1, 4, 5);
  expect(line.deadline).toBe(25);
  expect(line.isDue(24.999)).toBe(false);
  expect(line.isDue(25)).toBe(true);
  expect([...line.bytes.subarray(line.frameAt, line.frameEnd)]).toEqual([1, 2, 3]);
  expect(line.enteredAt).toBe(5);
  line.shift();
  expect(line.isEmpty).toBe(true);
  expect(line.deadline).toBe(Infinity);
});

test('what does not fit is lost and counted; what waits is not touched', () => {
  const line = new DelayLine(after(1), NO_DRAWS, new Uint8Array(8), 0, 8);
  const frame = Uint8Array.of(1, 2, 3, 4, 5);
  line.push(frame, 0, 5, 0);
  line.push(frame, 0, 4, 0);
  expect(line.overflowed).toBe(1);
  expect(line.isDue(1)).toBe(true);
  expect([...line.bytes.subarray(line.frameAt, line.frameEnd)]).toEqual([1, 2, 3, 4, 5]);
});

test('whatever comes and goes, frames come out in order, whole, each after the delay', () => {
  const step = fc.record({ length: fc.integer({ min: 1, max: 30 }), takes: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const memory = new Uint8Array(120).fill(0xee);
      const line = new DelayLine(after(3), NO_DRAWS, memory, 10, 100);
      const waiting: { readonly bytes: number[]; readonly at: number }[] = [];
      steps.forEach(({ length, takes }, now) => {
        const lost = line.overflowed;
        const bytes = Array.from({ length }, (_, i) => (now * 7 + i) & 0xff);
        line.push(Uint8Array.from(bytes), 0, length, now);
        if (line.overflowed === lost) waiting.push({ bytes, at: now });
        for (let taken = 0; taken < takes && line.isDue(now); taken++) {
          const first = waiting.shift();
          expect([...memory.subarray(line.frameAt, line.frameEnd)]).toEqual(first?.bytes);
          expect(now - (first?.at ?? 0)).toBeGreaterThanOrEqual(3);
          line.shift();
        }
        expect(line.isEmpty).toBe(waiting.length === 0);
      });
      // Nothing outside the line's own stretch of memory was written.
      expect(memory.subarray(0, 10).every((byte) => byte === 0xee)).toBe(true);
      expect(memory.subarray(110).every((byte) => byte === 0xee)).toBe(true);
    }),
  );
});

test('a link that loses frames loses its share, the same ones for the same seed', () => {
  const lostOf = (seed: number, stream: number): number[] => {
    const line = lineOf({ ...after(0), loss: 0.01 }, new Draws(seed, stream));
    const lost = Array.from({ length: 100_000 }, (_, i) => (line.loses() ? i : -1));
    expect(line.lost).toBe(lost.filter((i) => i >= 0).length);
    return lost.filter((i) => i >= 0);
  };
  const first = lostOf(7, 0);
  // As counted: four standard deviations would be 874 to 1126.
  expect([first.length, lostOf(7, 1).length, lostOf(8, 0).length]).toEqual(LOST);
  expect(lostOf(7, 0)).toEqual(first);
  for (const other of [lostOf(7, 1), lostOf(8, 0)]) {
    const both = other.filter((i) => first.includes(i)).length;
    expect(both).toBeLessThan(40); // chance alone makes it 10
  }
});

test('losses come one by one: after each, the next is as likely as ever', () => {
  const line = lineOf({ ...after(0), loss: 0.25 }, new Draws(1, 0));
  const lost = Array.from({ length: 100_000 }, () => line.loses());
  const afterOne = lost.filter((_, i) => lost[i - 1]);
  const spread = 4 * Math.sqrt(afterOne.length * 0.25 * 0.75);
  const again = afterOne.filter((isLost) => isLost).length;
  expect(Math.abs(again - afterOne.length / 4)).toBeLessThan(spread);
});

test.each([
  { loss: 0, lost: 0 },
  { loss: 1, lost: 1000 },
])('a loss of $loss loses $lost of 1000', ({ loss, lost }) => {
  const line = lineOf({ ...after(0), loss }, new Draws(3, 0));
  for (let i = 0; i < 1000; i++) line.loses();
  expect(line.lost).toBe(lost);
});

test('a link without loss and jitter draws nothing, and gives no frame another time', () => {
  const line = lineOf(after(2.5), NO_DRAWS); // which throws
  for (let i = 0; i < 100; i++) {
    expect(line.loses()).toBe(false);
    line.push(FRAME, 0, FRAME.length, i);
    expect(line.deadline).toBe(i + 2.5);
    line.shift();
  }
  expect(lineOf(after(0), NO_DRAWS).isInstant).toBe(true);
  expect(lineOf({ ...after(0), jitter: 0.1 }, NO_DRAWS).isInstant).toBe(false);
  expect(lineOf({ ...after(0), loss: 0.1 }, NO_DRAWS).isInstant).toBe(true);
});

test('jitter is spread evenly over its range, beginning with the delay alone', () => {
  const line = lineOf({ delay: 10, jitter: 4, loss: 0 }, new Draws(5, 0));
  const quarters = [0, 0, 0, 0];
  let [least, most] = [Infinity, 0];
  for (let i = 0; i < 40_000; i++) {
    line.push(FRAME, 0, FRAME.length, i * 100); // alone on the line
    const took = line.deadline - i * 100;
    line.shift();
    [least, most] = [Math.min(least, took), Math.max(most, took)];
    (quarters[Math.floor(took - 10)] as number)++;
  }
  expect(least).toBeGreaterThanOrEqual(10);
  expect(least).toBeLessThan(10.01);
  expect(most).toBeLessThan(14);
  expect(most).toBeGreaterThan(13.99);
  expect(quarters).toEqual(QUARTERS);
});

test('a frame never overtakes an earlier one, and waits for none longer than that one does', () => {
  const gap = fc.double({ min: 0, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(gap, { minLength: 2, maxLength: 100 }), fc.nat(), (gaps, seed) => {
      const link = { delay: 1, jitter: 5, loss: 0 };
      const [line, alone] = [lineOf(link, new Draws(seed, 0)), lineOf(link, new Draws(seed, 0))];
      const due: number[] = [];
      let now = 0;
      let before = 0;
      for (const [i, pause] of gaps.entries()) {
        now += pause;
        line.push(Uint8Array.of(i), 0, 1, now);
        alone.push(FRAME, 0, 1, now);
        const ownTime = alone.deadline;
        alone.shift();
        before = Math.max(before, ownTime);
        due.push(before);
      }
      for (const [i, at] of due.entries()) {
        expect(line.deadline).toBe(at);
        expect(line.isDue(at)).toBe(true);
        expect(line.bytes[line.frameAt]).toBe(i);
        line.shift();
      }
    }),
  );
});

test.each([
  { jitter: 0, loss: 0 },
  { jitter: 2, loss: 0 },
  { jitter: 2, loss: 0.1 },
])('a link with a jitter of $jitter and a loss of $loss allocates nothing', (chances) => {
  const memory = new Uint8Array(1024);
  // From within the same memory, as a ring's frames are.
  const [at, end] = [1000, 1004];
  const line = new DelayLine({ delay: 1, ...chances }, new Draws(1, 0), memory, 0, at);
  let calls = 0;
  const growth = growthPerCall(() => {
    const now = CLOCK[calls++] as number;
    if (!line.loses()) line.push(memory, at, end, now);
    while (line.isDue(now)) line.shift();
    return line.frameAt;
  });
  expect(growth).toBeLessThan(8);
  expect([line.lost > 0, line.overflowed]).toEqual([chances.loss > 0, 0]);
});

function after(delay: number): Link {
  return { delay, jitter: 0, loss: 0 };
}

function lineOf(link: Link, draws: Pick<Draws, 'next'>): DelayLine {
  return new DelayLine(link, draws, new Uint8Array(1024), 0, 1024);
}

const NO_DRAWS = {
  next: (): number => {
    throw new Error('nothing is left to chance here');
  },
};
const FRAME = Uint8Array.of(1, 2, 3, 4);
/** As the draws of these seeds come out. */
const LOST = [1039, 1023, 979];
const QUARTERS = [10_158, 9917, 10_015, 9910];
/** One time for each call, boxed once: the `undefined` keeps V8 from doing it anew. */
const CLOCK = [...Array.from({ length: 100_000 }, (_, i) => i / 4 + 0.125), undefined];
