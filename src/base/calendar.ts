import type { Millis } from './units.ts';

/** A scenario's calendar beside a clock that counts ms: what it shows when the clock shows 0, and how fast it goes. */
export interface Calendar {
  /** Unix time. */
  readonly epoch: Millis;
  /** Of the calendar's time in one of the clock's: 1, unless days are to pass in seconds. */
  readonly rate: number;
}

/** The first moment that a calendar may show, Unix time: captures count from it. */
export const FIRST_MOMENT: Millis = 0;
/** 9999-01-01: a calendar that begins before it shows years of four digits for as long as any lab lives. */
export const LAST_BEGINNING: Millis = 253_370_764_800_000;
/** The same bounds in words, for messages. */
export const TOO_EARLY =
  'expected a time from 1970-01-01T00:00:00Z on, for captures count from then';
export const TOO_LATE = 'expected a time before 9999-01-01T00:00:00Z, for years have four digits';

/** The calendar of clocks that show Unix time. */
export const UNIX: Calendar = { epoch: 0, rate: 1 };

/** The calendar's Unix time when its clock shows `clock`. */
export function dateAt({ epoch, rate }: Calendar, clock: Millis): Millis {
  return epoch + rate * clock;
}

/** What the clock shows when the calendar shows `date`. */
export function clockAt({ epoch, rate }: Calendar, date: Millis): Millis {
  return (date - epoch) / rate;
}

/** The calendar that shows `date` when the clock shows `clock`. */
export function calendarFrom(date: Millis, clock: Millis, rate: number): Calendar {
  return { epoch: date - rate * clock, rate };
}

/** The same calendar beside a clock that shows 0 when the first one shows `clock`. */
export function since(calendar: Calendar, clock: Millis): Calendar {
  return { epoch: dateAt(calendar, clock), rate: calendar.rate };
}

/** The calendar has this day, written as YYYY-MM-DD. */
export function isDay(day: string): boolean {
  const [year = 0, month = 0, date = 0] = /^\d{4}-\d\d-\d\d$/.test(day)
    ? day.split('-').map(Number)
    : [];
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && isLeap ? 29 : (LAST_DAYS[month - 1] ?? 0);
  return date >= 1 && date <= last;
}

const LAST_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
