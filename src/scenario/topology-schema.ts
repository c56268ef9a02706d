import * as z from 'zod';
import { Name } from './fields.ts';

const Rtt = z.number().min(0).max(10_000);
const Jitter = z.number().min(0).max(10_000).optional();
const Loss = z.number().min(0).max(1).optional();
const Hops = z.int().min(1).max(8).optional();
const FarHops = z.int().min(0).max(8).optional();

/** What there is on either side of a box. */
const LINKS = {
  near_rtt_ms: Rtt.describe('Between clients and the box.'),
  far_rtt_ms: Rtt.describe('Between the box and the exchange.'),
  near_jitter_ms: Jitter.describe(
    'Between clients and the box, each way: a frame takes up to so much longer, drawn evenly from 0 on. None overtakes one that was sent before it: it waits for that.',
  ),
  far_jitter_ms: Jitter.describe('The same between the box and the exchange.'),
  near_loss: Loss.describe(
    'Between clients and the box, each way: the probability that a frame is lost, whoever sent it.',
  ),
  far_loss: Loss.describe('The same between the box and the exchange.'),
};

/** Which network each part of a lab belongs to. */
export const TopologySchema = z.strictObject({
  client: z
    .union([Name, z.array(Name).min(2).max(8)])
    .describe('One network, or several, each with a client: `client`, or `client-<network>`.'),
  bypass: z
    .array(Name)
    .min(1)
    .max(8)
    .optional()
    .describe(
      'Networks whose clients, `client-<network>`, go past every box, without delay or loss.',
    ),
  inside: Name.optional().describe('Of a web server in the country, if there is one.'),
  middlebox: Name.describe('Of the box that all go through; or own: each network has one.'),
  ...LINKS,
  near_hops: Hops.describe(
    'Routers between the client and the box, 1 if it is left out: `isp`, `near-2`, `near-3`, …; what the box knows of them is its knob `hops`.',
  ),
  far_hops: FarHops.describe(
    'Routers between the box and the servers, 1 if it is left out: `far-1`, `far-2`, …, `exchange`. 0: the box is on the link of `server`, behind the exchange, and nothing else goes through it.',
  ),
  transit: z
    .strictObject({ network: Name, ...LINKS })
    .optional()
    .describe('A box that all go through behind their own.'),
});
