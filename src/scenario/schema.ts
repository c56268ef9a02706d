import * as z from 'zod';
import { ExpectationSchema, type HostName as HostNameSchema } from './expectation-schema.ts';
import { Domain, HostId, Name, Port, ProfileName } from './fields.ts';
import { type OutsideHost, OutsideHostSchema } from './host-schema.ts';
import { MatrixTargetSchema } from './matrix-schema.ts';
import { ModelSchema } from './model-schema.ts';
import { ResolverSchema } from './resolver-schema.ts';
import { RuleSchema } from './rule-schema.ts';
import { SensorSchema } from './sensor-schema.ts';
import { TablesSchema } from './table-schema.ts';
import { TopologySchema } from './topology-schema.ts';
import { TorSchema, type TorSpec } from './tor-schema.ts';

const Network = z.strictObject({
  asn: z.int().min(1).max(4_294_967_295),
  name: z.string(),
  country: z.string().regex(/^[A-Z]{2}$/, { error: 'expected an ISO 3166 code such as "AZ"' }),
});

const Source = z.strictObject({
  title: z.string(),
  publisher: z.string(),
  date: z.iso.date().optional().describe('When it was published; left out if it does not say.'),
  url: z.url(),
});

const Evidence = z.discriminatedUnion('status', [
  z.strictObject({
    fields: z.array(z.string()).min(1),
    status: z.literal('documented'),
    source: z.string(),
    says: z.string(),
  }),
  z.strictObject({
    fields: z.array(z.string()).min(1),
    status: z.literal('surrogate'),
    because: z.string(),
  }),
]);

/** One scenario file: what was documented, the censor that was made of it, and what each probe must see. */
export const ScenarioFile = z.strictObject({
  id: Name,
  title: z.string(),
  summary: z.string(),
  sources: z.record(Name, Source),
  period: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime().optional() }),
  phases: z
    .record(Name, z.iso.datetime())
    .optional()
    .describe('Moments at which it is run, by name, in order; by default the period begins.'),
  networks: z.record(Name, Network),
  topology: TopologySchema.describe('Which network each part of the lab belongs to.'),
  origin: z.strictObject({
    http_ports: z.array(Port).min(1),
    tls_ports: z.array(Port).min(1),
    names: z
      .array(Domain)
      .min(1)
      .describe('Domains, with everything below them, that resolve to the server.'),
    doh: Domain.optional().describe(
      'A name at which the server answers questions of DNS over HTTPS; web_connectivity then asks there too.',
    ),
  }),
  hosts: z
    .record(HostId, OutsideHostSchema)
    .optional()
    .describe('More web servers outside the country, by name.'),
  resolvers: z
    .record(Name, ResolverSchema)
    .optional()
    .describe('Of the providers, by network; without it they tell the truth.'),
  sensor: SensorSchema.optional().describe(
    'Last, in a lab of its own: what the site sees of its visitors while the rules come into force.',
  ),
  tor: TorSchema.optional().describe('A private Tor network, which takes 20 s to start.'),
  profiles: z
    .record(ProfileName, ModelSchema)
    .refine((profiles) => Object.keys(profiles).length > 0, {
      error: 'expected at least one profile',
    })
    .describe('Models of the same censor; the first is the default.'),
  seed: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .default(0)
    .describe('For what is left to chance: the same seed, the same decisions.'),
  rules: z
    .array(RuleSchema)
    .default([])
    .describe('Of the boxes, in order; there may be none where a resolver lies.'),
  evidence: z.array(Evidence).min(1),
  expect: z.array(ExpectationSchema).min(1),
  matrix: z
    .array(MatrixTargetSchema)
    .min(1)
    .optional()
    .describe(
      'What strategies and tools are tried on, beside what the rules tell: names, keywords, addresses and lies of resolvers.',
    ),
  tables: TablesSchema.optional().describe('What a run makes of its measurements, by name.'),
});

export type Scenario = z.output<typeof ScenarioFile>;
export type Expectation = Scenario['expect'][number];
export type HostName = z.output<typeof HostNameSchema>;
export type { OutsideHost, TorSpec };
/** What of a scenario is the censor. */
export type Censor = Pick<Scenario, 'profiles' | 'rules'>;
