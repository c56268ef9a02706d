import * as z from 'zod';
import { isDay } from '../base/calendar.ts';
import { counted } from '../base/counted.ts';

/** What the schema expected where it found something else; takes the place of zod's own words. */
export function expected(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${either(issue.values)}`;
    case 'invalid_union':
      return Array.isArray(issue['options'])
        ? `expected ${either(issue['options'])}`
        : eitherOf(issue.errors);
    case 'invalid_format':
      return `expected ${formatOf(issue)}`;
    case 'too_small':
      return issue.inclusive === false
        ? `expected more than ${issue.minimum}`
        : `expected at least ${amount(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expected at most ${amount(issue.maximum, issue.origin)}`;
    case 'invalid_key':
      return issue.issues[0]?.message;
    case 'unrecognized_keys':
      return `unknown key; expected one of ${keysOf(issue.inst).join(', ')}`;
    default:
      return undefined;
  }
}

function either(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' or ');
}

/** Of a value that is of none of several kinds: what each of them would be. */
function eitherOf(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const messages = branches.map((issues) => issues[0]?.message.replace(/^expected /, ''));
  return `expected ${[...new Set(messages)].join(' or ')}`;
}

function amount(limit: number | bigint, origin: string): string {
  if (origin !== 'string' && origin !== 'array') return String(limit);
  const unit = origin === 'string' ? 'character' : 'item';
  return counted(Number(limit), unit);
}

function formatOf({
  format,
  input,
}: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidStringFormat>): string {
  const [day] = /^\d{4}-\d\d-\d\d(?=T|$)/.exec(String(input)) ?? [];
  const isOfTime = format === 'date' || format === 'datetime';
  if (isOfTime && day !== undefined && !isDay(day)) return 'a day that the calendar has';
  return FORMATS[format] ?? format;
}

function keysOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
  boolean: 'true or false',
};
const FORMATS: Readonly<Record<string, string>> = {
  url: 'a URL that a probe can ask for, such as "https://example.org/"',
  date: 'a date such as "2017-03-27"',
  datetime: 'a time in UTC such as "2017-03-27T11:30:00Z"',
};
