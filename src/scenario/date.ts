import { FIRST_MOMENT, isDay, LAST_BEGINNING, TOO_EARLY, TOO_LATE } from '../base/calendar.ts';
import { ChokepointError } from '../base/errors.ts';
import type { Millis } from '../base/units.ts';
import type { Scenario } from './schema.ts';

/**
 * A date and perhaps a time in ISO 8601, as Unix time; UTC where it names no zone. Refuses a time with which no lab and no capture can
 * begin.
 */
export function parseDate(text: string, flag = '--at'): Millis {
  const [, day = '', clock = '', zone = ''] = ISO.exec(text) ?? [];
  const time = Date.parse(clock === '' ? day : `${day}${clock}${zone || 'Z'}`);
  if (!isDay(day) || Number.isNaN(time)) {
    throw new ChokepointError('USAGE', `${flag}: expected a date; found "${text}"`, {
      hint: 'write it as 2022-09-16, 2022-09-16T12:00 or 2022-09-16T12:00:00Z',
    });
  }
  if (time >= FIRST_MOMENT && time < LAST_BEGINNING) return time;
  const expected = time < FIRST_MOMENT ? TOO_EARLY : TOO_LATE;
  throw new ChokepointError('USAGE', `${flag}: ${expected}; found "${text}"`);
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

const ISO = /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;
