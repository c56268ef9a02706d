import * as z from 'zod';
import { Delay, IpAddress, IpId, Line, Ttl, Way } from './fields.ts';

const Pass = z.strictObject({
  do: z
    .literal('pass')
    .describe(
      'The flow goes through and is not looked at again: an exception to the rules behind it. It comes too late for a rule that acts on an earlier packet, such as one about the address of a SYN; `check` tells where that may be.',
    ),
});

const Drop = z.strictObject({
  do: z
    .literal('drop')
    .describe(
      'The packet is dropped, and so is every later packet with payload in its direction. Acknowledgements and the other direction still pass, so both ends keep the connection open until they time out. Take it where a source says that a request, or a ClientHello, never arrives.',
    ),
});

const Blackhole = z.strictObject({
  do: z
    .literal('blackhole')
    .describe(
      'Every later packet of the flow is dropped, with payload or without, both ways or one. Take it where a source says that the connection went dead: not even an acknowledgement, a FIN or a RST comes through. `way` and `duration_ms` say more.',
    ),
  way: Way.default('both').describe('Which way packets vanish.'),
  trigger: z
    .enum(['drop', 'pass'])
    .default('drop')
    .describe('What becomes of the packet that set the rule off.'),
  /** 0 for as long as the flow is remembered. */
  duration_ms: z
    .number()
    .min(0)
    .max(86_400_000)
    .default(0)
    .describe('For how long; 0 for as long as the flow is remembered.'),
});

const Reset = z.strictObject({
  do: z
    .literal('reset')
    .describe('Both ends, or one, are told that the other has ended the connection.'),
  to: z.enum(['client', 'server', 'both']).default('both').describe('Who is sent RSTs.'),
  count: z.int().min(1).max(8).default(1).describe('RSTs for each.'),
  flags: z
    .enum(['R', 'RA', 'FA'])
    .default('R')
    .describe('R: RST. RA: RST and ACK. FA: FIN and ACK.'),
  ttl: Ttl.default(64).describe('Of the RSTs: a number, a range, or that of the trigger.'),
  ip_id: IpId.default(0).describe(
    'Their IPv4 identification: a number, that of the trigger, or random.',
  ),
  window: z.int().min(0).max(65_535).default(0).describe('Their window.'),
  seq: z
    .enum(['exact', 'trigger', 'past-trigger', 'zero', 'ramp'])
    .default('exact')
    .describe(
      'exact: the number that the receiver expects. trigger, past-trigger: by the packet that set the rule off. zero: 0. ramp: exact, 1460 and 4380 further.',
    ),
  delay_ms: Delay.default(0).describe('Between the trigger and the first RST.'),
  dont_fragment: z.boolean().default(false).describe('Their DF flag.'),
  /** What becomes of the packet that set the rule off, and of the rest of its flow; in path. */
  trigger: z
    .enum(['drop', 'pass'])
    .default('drop')
    .describe('What becomes of the packet that set the rule off; in path.'),
  rest: z
    .enum(['drop', 'pass'])
    .default('drop')
    .describe('What becomes of the rest of its flow; in path.'),
});

/** `status` and what belongs to it, or else `raw`. */
const Respond = z.strictObject({
  do: z
    .literal('respond')
    .describe("The client is answered in the server's place, with a block page for instance."),
  status: z.int().min(100).max(599).optional().describe('Of an HTTP response.'),
  reason: Line.optional().describe('After the status.'),
  headers: z
    .record(
      z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, {
        error: 'expected the name of a header, such as "Location"',
      }),
      Line,
    )
    .optional()
    .describe('Beside Content-Length and Connection.'),
  body: z.string().max(65_536).optional().describe('Its text.'),
  /** The whole response, as it goes over the wire. */
  raw: z
    .string()
    .min(1)
    .max(65_536)
    .optional()
    .describe('Instead: the whole response, as it goes over the wire.'),
  server: z.enum(['reset', 'nothing']).default('reset').describe('What the server is told.'),
  ttl: Ttl.default(64).describe('Of the response: a number, a range, or that of the trigger.'),
  ip_id: IpId.default(0).describe(
    'Its IPv4 identification: a number, that of the trigger, or random.',
  ),
  delay_ms: Delay.default(0).describe('Between the trigger and the response.'),
  dont_fragment: z.boolean().default(false).describe('Its DF flag.'),
});

const LIE = {
  do: z
    .literal('dns')
    .describe('The question is answered, in path instead of the resolver, on path before it.'),
  count: z.int().min(1).max(8).default(1).describe('Answers.'),
  delay_ms: Delay.default(0).describe('Between the question and the first answer.'),
  ttl: Ttl.default(64).describe('IP TTL: a number, a range, or that of the question.'),
  ip_id: IpId.default(0).describe(
    'IPv4 identification: a number, that of the question, or random.',
  ),
};

const Dns = z.discriminatedUnion('answer', [
  z.strictObject({
    ...LIE,
    answer: z.literal('forged'),
    /** Of both families; a question for one gets those of that one. */
    addresses: z
      .array(IpAddress)
      .min(1)
      .max(16)
      .describe('The lie; a question for one family gets those of that one.'),
    ttl_s: z.int().min(0).max(2_147_483_647).default(60).describe('Of the records.'),
  }),
  z.strictObject({ ...LIE, answer: z.enum(['nxdomain', 'refused', 'servfail', 'empty']) }),
]);

const Throttle = z.strictObject({
  do: z.literal('throttle').describe('The flow goes on, slowly.'),
  rate_kbps: z.number().gt(0).max(10_000_000).describe('Thousand bits a second.'),
  /** At least a packet: a smaller bucket would never let a whole one through. */
  burst_bytes: z.int().min(1500).max(16_777_216).default(15_000).describe('That may pass at once.'),
  how: z
    .enum(['police', 'shape'])
    .default('police')
    .describe('police drops what is too much; shape holds it back, up to 1 MiB each way.'),
  way: Way.default('both').describe('Which way.'),
});

const DelayAction = z.strictObject({
  do: z.literal('delay').describe('The flow goes on, late.'),
  ms: z.number().gt(0).max(60_000).describe('By how much each packet is late.'),
  way: Way.default('both').describe('Which way.'),
});

/** What is done to the flow that set a rule off. */
export const ActionSchema = z.discriminatedUnion('do', [
  Pass,
  Drop,
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
