import * as z from 'zod';
import { ActionSchema } from './action-schema.ts';
import { Delay, Direction, Duration, During, Port, Way } from './fields.ts';
import { TriggerSchema } from './trigger-schema.ts';

const Residual = z.strictObject({
  scope: z
    .enum(['4-tuple', '3-tuple', '2-tuple', 'source', 'destination'])
    .describe(
      'What else is blocked for a while: packets of the same ports at both ends, of the same server port, of the same two hosts, of the client, or of the server; each of the same protocol.',
    ),
  duration_ms: Duration.describe('For how long.'),
  refresh: z
    .boolean()
    .default(false)
    .describe('Whether each packet that is blocked begins the time anew.'),
  do: z.enum(['drop', 'reset']).default('drop').describe('What is done to it.'),
  way: Way.default('both').describe('Which way.'),
  after_ms: Delay.default(0).describe('How long after the trigger it begins.'),
});

export const RuleSchema = z.strictObject({
  name: z.string().describe('What decisions call it.'),
  at: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Networks whose boxes have the rule; all, if it is left out.'),
  trigger: TriggerSchema,
  /** Only packets that go this way, as the box sees the roles. */
  direction: Direction.optional().describe(
    'Only packets that go this way, as the box sees the roles. Without it, both; but dns.qname, protocol, fully-encrypted and rules that respond are about what clients say.',
  ),
  /** Of the side that the box takes for the server. */
  ports: z
    .array(Port)
    .min(1)
    .optional()
    .describe('Only these, of the side that the box takes for the server.'),
  /** The share of flows on which the rule acts. */
  probability: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('The share of flows on which the rule acts.'),
  /** From one moment up to another of the scenario's calendar. */
  during: During.optional(),
  action: ActionSchema,
  residual: Residual.optional(),
});

export type RuleSpec = z.output<typeof RuleSchema>;
