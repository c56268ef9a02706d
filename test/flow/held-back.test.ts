import { expect, test } from 'vitest';
import { HeldBack, WAITING_ROOM } from '../../src/flow/held-back.ts';

test('what is held back is gone when the last of it is', () => {
  const held = new HeldBack();
  expect(held.until).toBe(Number.NEGATIVE_INFINITY);
  held.note(-10, -20);
  expect(held.until).toBe(-10);
  held.note(20.5, 1);
  held.note(15, 2);
  expect(held.until).toBe(20.5);
});

test('so many bytes may wait behind it, and as many again once nothing is held back', () => {
  const held = new HeldBack();
  held.note(10, 0);
  expect([held.takes(WAITING_ROOM - 1), held.takes(2), held.takes(1)]).toEqual([true, false, true]);
  held.note(20, 9);
  expect(held.takes(1)).toBe(false);
  held.note(30, 20);
  expect([held.takes(WAITING_ROOM), held.takes(1)]).toEqual([true, false]);
});
