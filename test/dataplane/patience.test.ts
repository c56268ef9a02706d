import { expect, test } from 'vitest';
import { Patience } from '../../src/dataplane/patience.ts';

/** Works at 0, then after each pause in turn; the time of the last work. */
function workWithPauses(patience: Patience, pauses: readonly number[]): number {
  let now = 0;
  patience.looksOn(1, now);
  for (const pause of pauses) {
    patience.looksOn(0, now + pause / 2);
    now += pause;
    patience.looksOn(1, now);
  }
  return now;
}

const times = (count: number, pause: number): number[] => new Array<number>(count).fill(pause);

test('a box that moved something looks on', () => {
  expect(new Patience().looksOn(3, 10)).toBe(true);
});

test('a box that knows nothing of its traffic sleeps when it is idle', () => {
  const patience = new Patience();
  workWithPauses(patience, []);
  expect(patience.looksOn(0, 0.001)).toBe(false);
});

test('after short pauses an idle box looks on, but not for long', () => {
  const patience = new Patience();
  const now = workWithPauses(patience, times(30, 0.04));
  expect(patience.looksOn(0, now + 0.05)).toBe(true);
  expect(patience.looksOn(0, now + 0.11)).toBe(false);
});

test('after long pauses an idle box sleeps at once again', () => {
  const patience = new Patience();
  const now = workWithPauses(patience, [...times(30, 0.04), ...times(5, 1)]);
  expect(patience.looksOn(0, now + 0.001)).toBe(false);
});

test('one long pause does not outweigh many short ones', () => {
  const patience = new Patience();
  const now = workWithPauses(patience, [...times(30, 0.04), 60_000]);
  expect(patience.looksOn(0, now + 0.001)).toBe(true);
});

test('where frames come in crowds an idle box sleeps at once, however short the pauses', () => {
  const patience = new Patience();
  const now = workWithPauses(patience, times(30, 0.04));
  for (let i = 0; i < 10; i++) patience.looksOn(40, now);
  expect(patience.looksOn(0, now + 0.01)).toBe(false);
});
