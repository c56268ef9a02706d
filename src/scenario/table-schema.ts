import * as z from 'zod';
import { Line, Name, Probe } from './fields.ts';

const Key = z
  .enum(['domain', 'network', 'address', 'server_name'])
  .describe(
    '`domain`: the name asked for; `network`: of the vantage; `address`: the one really dialled; `server_name`: of a TLS handshake.',
  );

/** What rows of `expect` a table is made of. */
const Counted = z.strictObject({
  probes: z.array(Probe).min(1).optional().describe('Only of these.'),
  schemes: z
    .array(z.enum(['http', 'https', 'tcp', 'dns']))
    .min(1)
    .optional()
    .describe('Only of URLs that begin so.'),
  networks: z.array(Name).min(1).optional().describe('Only from these, by name.'),
  claims: z.array(z.string()).min(1).optional().describe('Only of these.'),
});

/** How often measurements were answered, and how they failed, by two things in which they differ. */
export const TableSchema = z.strictObject({
  title: Line.describe('What stands above it.'),
  rows: Key,
  columns: Key,
  count: Counted.optional().describe(
    'Which measurements are counted; by default all that have both.',
  ),
});

/** By the name of its file. */
export const TablesSchema = z.record(Name, TableSchema);

export type TableSpec = z.output<typeof TableSchema>;
export type TableKey = z.output<typeof Key>;
