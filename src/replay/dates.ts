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
