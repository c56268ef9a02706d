import { z } from 'zod';
import { ActionSchema } from './action-schema.ts';
import { Delay, Direction, Duration, Port, Way } from './fields.ts';
import { TriggerSchema } from './trigger-schema.ts';

const Residual = z.strictObject({
  scope: z.enum(['4-tuple', '3-tuple', '2-tuple', 'source', 'destination']),
  duration_ms: Duration,
  refresh: z.boolean().default(false),
  do: z.enum(['drop', 'reset']).default('drop'),
  way: Way.default('both'),
  after_ms: Delay.default(0),
});

export const RuleSchema = z.strictObject({
  name: z.string(),
  trigger: TriggerSchema,
  /** Only packets that go this way, as the box sees the roles. */
  direction: Direction.optional(),
  /** Of the side that the box takes for the server. */
  ports: z.array(Port).min(1).optional(),
  /** The share of flows on which the rule acts. */
  probability: z.number().gt(0).max(1).optional(),
  /** From one moment up to another of the scenario's calendar. */
  during: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }).optional(),
  action: ActionSchema,
  residual: Residual.optional(),
});

export type RuleSpec = z.output<typeof RuleSchema>;
