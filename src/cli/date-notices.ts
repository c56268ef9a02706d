import { type Calendar, calendarFrom, UNIX } from '../base/calendar.ts';
import type { Millis } from '../base/units.ts';
import type { Dates } from '../replay/dates.ts';
import { parseDate } from '../scenario/date.ts';
import type { RuleSpec } from '../scenario/rule-schema.ts';

/** The calendar in which a capture's first packet has the date that `--at` says. */
export function calendarOf(at: string | undefined, dates: Dates | undefined): Calendar {
  if (at === undefined) return UNIX;
  const date = parseDate(at);
  return dates === undefined ? UNIX : calendarFrom(date, dates.first, 1);
}

/** A line for each rule that no packet of a capture could set off, for its time. */
export function idleNotices(rules: readonly RuleSpec[], dates: Dates | undefined): string[] {
  if (dates === undefined) return [];
  const { first, last } = dates;
  const time = `the capture's time, ${dateText(first)} to ${dateText(last)}`;
  return rules.flatMap(({ name, during }) => {
    if (during === undefined) return [];
    const { from, to } = during;
    if (last >= Date.parse(from) && first < Date.parse(to)) return [];
    return `rule "${name}" is in force from ${from} to ${to}, not at ${time}: date its first packet with --at`;
  });
}

function dateText(time: Millis): string {
  return new Date(time).toISOString();
}
