import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayLine } from '../../src/dataplane/delay-line.ts';

test('a frame comes out unchanged when its time has come, not before', () => {
  const line = new DelayLine(20, new Uint8Array(100), 10, 50);
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
  const line = new DelayLine(1, new Uint8Array(8), 0, 8);
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
      const line = new DelayLine(3, memory, 10, 100);
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
