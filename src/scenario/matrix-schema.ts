import * as z from 'zod';
import { Name } from './fields.ts';

const Url = z.url({ protocol: /^(https?|dns)$/, error: 'expected a URL of http, https or dns' });

/** What strategies and tools are tried on, where rules do not tell. */
export const MatrixTargetSchema = z.strictObject({
  name: Name.max(24).describe('Of its column.'),
  blocked: Url.describe('What the censor keeps a client from, if nothing is done about it.'),
  allowed: Url.describe('As like it as can be, and let through.'),
  from: z.string().optional().describe('The client; by default the first.'),
  allowed_from: z.string().optional().describe('Another client, where that makes the difference.'),
  tls: z.enum(['1.0', '1.2', '1.3']).optional().describe('The only version that is offered.'),
  group: z.enum(['X25519', 'P-256']).optional().describe('The only group with a key share.'),
});

export type MatrixTargetSpec = z.output<typeof MatrixTargetSchema>;
