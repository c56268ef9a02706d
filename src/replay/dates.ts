import { type Calendar, dateAt } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';

/** Of the first packet and the last of a capture; Unix time of the calendar by which rules are in force. */
export interface Dates {
  readonly first: Millis;
  readonly last: Millis;
}

export function datesOf(
  calendar: Calendar,
  first: Millis | undefined,
  last: Millis,
): Dates | undefined {
  if (first === undefined) return undefined;
  return { first: dateAt(calendar, first), last: dateAt(calendar, last) };
}

/** ISO 8601, UTC, to the millisecond; a time that no `Date` can hold is written as the first or the last that one can. */
export function dateText(time: Millis): string {
  return new Date(withinDates(time)).toISOString();
}

/** The nearest time that a `Date` can hold. */
export function withinDates(time: Millis): Millis {
  return Math.min(Math.max(time, -FARTHEST), FARTHEST);
}

/** ECMA-262, Time Range. */
const FARTHEST: Millis = 8_640_000_000_000_000;
