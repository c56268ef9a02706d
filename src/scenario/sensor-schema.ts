import * as z from 'zod';
import { FIRST_MOMENT } from '../base/calendar.ts';
import { Beginning } from './fields.ts';
import { TopologySchema } from './topology-schema.ts';

const HostName = z.string();
const Minute = Beginning.refine((text) => !(Date.parse(text) < FIRST_MOMENT + 86_400_000), {
  error: 'expected a time from 1970-01-02T00:00:00Z on, for its lab begins before it',
}).refine((text) => Date.parse(text) % 60_000 === 0, { error: 'expected a whole minute' });
const Percent = z.number().min(0).max(100);
const Range = z.tuple([Percent, Percent]);

const Visitor = z.strictObject({
  from: HostName.describe('A client, or `control`, which is outside the country.'),
  per_minute: z.int().min(1).max(100).describe('Sessions in a minute of the calendar.'),
  urls: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .describe('What they ask the site for, by turns.'),
});

/** In per cent, at least and at most. */
const SensorExpectation = z.strictObject({
  claim: z.string(),
  when: z
    .enum(['before', 'after'])
    .describe(
      'In the minutes that are over when the rules come into force, or in those that follow.',
    ),
  from: z
    .array(HostName)
    .min(1)
    .optional()
    .describe('Whose sessions; by default those of all visitors inside the country.'),
  share: Range.optional().describe("How many of the site's answered sessions are theirs."),
  short: Range.optional().describe('How many of their sessions ended without an answered request.'),
  resets: Range.optional().describe('How many of their sessions ended with a RST.'),
});

/** What the site itself sees of its visitors while the rules come into force. */
export const SensorSchema = z.strictObject({
  from: Minute.describe('When it begins to count; before the rules are in force.'),
  to: Minute.describe('When it ends.'),
  minute_ms: z
    .int()
    .min(100)
    .max(60_000)
    .describe('How long a minute of the calendar takes; whatever takes time takes no less of it.'),
  topology: TopologySchema.describe('Of its lab, which is one of its own.'),
  visitors: z.array(Visitor).min(1),
  expect: z.array(SensorExpectation).min(1),
});

export type SensorSpec = z.output<typeof SensorSchema>;
export type SensorExpectation = SensorSpec['expect'][number];

/** The only visitor who is not inside the country. */
export const OUTSIDE = 'control';
