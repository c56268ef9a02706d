import { ChokepointError } from '../base/errors.ts';
import type { Millis } from '../base/units.ts';
import type { Scenario } from './schema.ts';

/** A date and perhaps a time in ISO 8601, as Unix time; UTC where it names no zone. */
export function parseDate(text: string, flag = '--at'): Millis {
  const [, day = '', clock = '', zone = ''] = ISO.exec(text) ?? [];
  const time = Date.parse(clock === '' ? day : `${day}${clock}${zone || 'Z'}`);
  // A day that its month lacks would become one of the next month.
  const isDay = day !== '' && Date.parse(day) >= 0 && isoDay(Date.parse(day)) === day;
  if (isDay && !Number.isNaN(time)) return time;
  throw new ChokepointError('USAGE', `${flag}: expected a date; found "${text}"`, {
    hint: 'write it as 2022-09-16, 2022-09-16T12:00 or 2022-09-16T12:00:00Z',
  });
}

/** Any moment of a scenario's period, ISO 8601 in UTC: within a phase, between two, or before the first. */
export function momentOf({ id, period }: Pick<Scenario, 'id' | 'period'>, text: string): string {
  const moment = parseDate(text);
  const end = period.to === undefined ? Number.POSITIVE_INFINITY : Date.parse(period.to);
  if (moment >= Date.parse(period.from) && moment < end) return new Date(moment).toISOString();
  const until = period.to === undefined ? '' : ` and before ${period.to}`;
  throw new ChokepointError('USAGE', `${id} is not about ${text}`, {
    hint: `name a time from ${period.from}${until} with --at`,
  });
}

function isoDay(time: Millis): string {
  return new Date(time).toISOString().slice(0, 10);
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/;
