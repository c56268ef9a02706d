import { isDay } from '../base/calendar.ts';
import { describe } from './tell-problems.ts';

/**
 * The day of a measurement's time (df-000), as YYYY-MM-DD, or what is wrong with the value. A `T` between day and time, a `Z` behind
 * them and a day alone are taken too: some that convert measurements write them.
 */
export function readDay(value: unknown): { readonly day: string } | { readonly wrong: string } {
  const [, day = ''] = (typeof value === 'string' ? TIME.exec(value) : null) ?? [];
  if (day > NO_YEAR && isDay(day)) return { day };
  return {
    wrong: `found ${describe(value)}; expected a date as YYYY-MM-DD hh:mm:ss, in UTC`,
  };
}

/** A second may be a leap second. */
const TIME =
  /^(\d{4}-\d\d-\d\d)(?:[ T](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+]00:00)?)?$/;
/** Nothing was in the year 0. */
const NO_YEAR = '0001';
