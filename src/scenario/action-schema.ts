import { z } from 'zod';
import { Delay, IpAddress, IpId, Line, Ttl, Way } from './fields.ts';

const Plain = z.strictObject({ do: z.enum(['pass', 'drop']) });

const Blackhole = z.strictObject({
  do: z.literal('blackhole'),
  way: Way.default('both'),
  trigger: z.enum(['drop', 'pass']).default('drop'),
  /** 0 for as long as the flow is remembered. */
  duration_ms: z.number().min(0).max(86_400_000).default(0),
});

const Reset = z.strictObject({
  do: z.literal('reset'),
  to: z.enum(['client', 'server', 'both']).default('both'),
  count: z.int().min(1).max(8).default(1),
  flags: z.enum(['R', 'RA', 'FA']).default('R'),
  ttl: Ttl.default(64),
  ip_id: IpId.default(0),
  window: z.int().min(0).max(65_535).default(0),
  seq: z.enum(['exact', 'trigger', 'past-trigger', 'zero', 'ramp']).default('exact'),
  delay_ms: Delay.default(0),
  dont_fragment: z.boolean().default(false),
  /** What becomes of the packet that set the rule off, and of the rest of its flow; in path. */
  trigger: z.enum(['drop', 'pass']).default('drop'),
  rest: z.enum(['drop', 'pass']).default('drop'),
});

/** `status` and what belongs to it, or else `raw`. */
const Respond = z.strictObject({
  do: z.literal('respond'),
  status: z.int().min(100).max(599).optional(),
  reason: Line.optional(),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, {
        error: 'expected the name of a header, such as "Location"',
      }),
      Line,
    )
    .optional(),
  body: z.string().max(65_536).optional(),
  /** The whole response, as it goes over the wire. */
  raw: z.string().min(1).max(65_536).optional(),
  server: z.enum(['reset', 'nothing']).default('reset'),
  ttl: Ttl.default(64),
  ip_id: IpId.default(0),
  delay_ms: Delay.default(0),
  dont_fragment: z.boolean().default(false),
});

const LIE = {
  do: z.literal('dns'),
  count: z.int().min(1).max(8).default(1),
  delay_ms: Delay.default(0),
  ttl: Ttl.default(64),
  ip_id: IpId.default(0),
};

const Dns = z.discriminatedUnion('answer', [
  z.strictObject({
    ...LIE,
    answer: z.literal('forged'),
    /** Of both families; a question for one gets those of that one. */
    addresses: z.array(IpAddress).min(1).max(16),
    ttl_s: z.int().min(0).max(2_147_483_647).default(60),
  }),
  z.strictObject({ ...LIE, answer: z.enum(['nxdomain', 'refused', 'servfail', 'empty']) }),
]);

const Throttle = z.strictObject({
  do: z.literal('throttle'),
  rate_kbps: z.number().gt(0).max(10_000_000),
  /** At least a packet: a smaller bucket would never let a whole one through. */
  burst_bytes: z.int().min(1500).max(16_777_216).default(15_000),
  how: z.enum(['police', 'shape']).default('police'),
  way: Way.default('both'),
});

const DelayAction = z.strictObject({
  do: z.literal('delay'),
  ms: z.number().gt(0).max(60_000),
  way: Way.default('both'),
});

/** What is done to the flow that set a rule off. */
export const ActionSchema = z.discriminatedUnion('do', [
  Plain,
  Blackhole,
  Reset,
  Respond,
  Dns,
  Throttle,
  DelayAction,
]);

export type ActionSpec = z.output<typeof ActionSchema>;
export type ResetSpec = z.output<typeof Reset>;
export type RespondSpec = z.output<typeof Respond>;
export type DnsSpec = z.output<typeof Dns>;
