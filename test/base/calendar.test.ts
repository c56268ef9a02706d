import { describe, expect, test } from 'vitest';
import { calendarFrom, clockAt, dateAt, since, UNIX } from '../../src/base/calendar.ts';

const NOON = Date.UTC(2017, 2, 27, 12);
/** Of a machine, years later. */
const CLOCK = Date.UTC(2031, 5, 1);

describe('a calendar in which a minute takes half a second', () => {
  const calendar = calendarFrom(NOON, CLOCK, 120);

  test.each([
    { after: 0, minutes: 0 },
    { after: 500, minutes: 1 },
    { after: 30_000, minutes: 60 },
    { after: -250, minutes: -0.5 },
  ])('shows $minutes min later when its clock shows $after ms more', ({ after, minutes }) => {
    expect(dateAt(calendar, CLOCK + after)).toBeCloseTo(NOON + minutes * 60_000, 0);
    expect(clockAt(calendar, NOON + minutes * 60_000)).toBeCloseTo(CLOCK + after, 0);
  });

  test('shows the same to a clock that began later', () => {
    const own = since(calendar, CLOCK - 1234.5);
    expect(dateAt(own, 1234.5)).toBeCloseTo(NOON, 0);
    expect(dateAt(own, 1734.5)).toBeCloseTo(NOON + 60_000, 0);
  });
});

test('a clock that shows Unix time needs no calendar', () => {
  expect(dateAt(UNIX, CLOCK)).toBe(CLOCK);
});
