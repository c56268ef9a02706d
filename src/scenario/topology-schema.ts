import { z } from 'zod';

const NetworkId = z.string();
const Rtt = z.number().min(0).max(10_000);
const Hops = z.int().min(1).max(8).optional();

/** Which network each part of a lab belongs to. */
export const TopologySchema = z.strictObject({
  client: z
    .union([NetworkId, z.array(NetworkId).min(2).max(8)])
    .describe('One network, or several, each with a client: `client`, or `client-<network>`.'),
  bypass: z
    .array(NetworkId)
    .min(1)
    .max(8)
    .optional()
    .describe('Networks whose clients, `client-<network>`, go past every box, and without delay.'),
  inside: NetworkId.optional().describe('Of a web server in the country, if there is one.'),
  middlebox: NetworkId.describe('Of the box that all go through; or own: each network has one.'),
  near_rtt_ms: Rtt.describe('Between clients and the box.'),
  far_rtt_ms: Rtt.describe('Between the box and the exchange.'),
  near_hops: Hops.describe(
    'Routers between the client and the box, 1 if it is left out: `isp`, `near-2`, `near-3`, …; what the box knows of them is its knob `hops`.',
  ),
  far_hops: Hops.describe(
    'Routers between the box and the servers, 1 if it is left out: `far-1`, `far-2`, …, `exchange`.',
  ),
  transit: z
    .strictObject({ network: NetworkId, near_rtt_ms: Rtt, far_rtt_ms: Rtt })
    .optional()
    .describe('A box that all go through behind their own.'),
});
