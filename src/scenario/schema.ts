import * as z from 'zod';
import { ExpectationSchema, type HostName as HostNameSchema } from './expectation-schema.ts';
import { Beginning, Domain, HostId, Moment, Name, PhaseName, Port, ProfileName } from './fields.ts';
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
  asn: z.int().min(1).max(4_294_967_295).describe('Number of the autonomous system.'),
  name: z.string().describe('Its name, as people know it.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'expected an ISO 3166 code such as "AZ"' })
    .describe('An ISO 3166 code of two letters; XX for none.'),
});

const Source = z.strictObject({
  title: z.string().describe('Of the report or paper.'),
  publisher: z.string().describe('Who wrote or published it.'),
  date: z.iso.date().optional().describe('When it was published; left out if it does not say.'),
  url: z.url().describe('Where it can be read.'),
});

const EvidenceFields = z
  .array(z.string())
  .min(1)
  .describe(
    'What this is the evidence for: fields of the file such as `rules[0].action`, each with all below it.',
  );

const Evidence = z.discriminatedUnion('status', [
  z.strictObject({
    fields: EvidenceFields,
    status: z.literal('documented').describe('A source says so.'),
    source: z.string().describe('Which: a name under `sources`.'),
    says: z.string().describe('What the source says, in its words or shorter.'),
  }),
  z.strictObject({
    fields: EvidenceFields,
    status: z.literal('surrogate').describe('Chosen here, since no source says.'),
    because: z.string().describe('Why this value.'),
  }),
]);

const Origin = z.strictObject({
  http_ports: z.array(Port).min(1).describe('Where it speaks HTTP.'),
  tls_ports: z.array(Port).min(1).describe('Where it speaks HTTPS.'),
  names: z
    .array(Domain)
    .min(1)
    .describe('Domains, with everything below them, that resolve to the server.'),
  doh: Domain.optional().describe(
    'A name at which the server answers questions of DNS over HTTPS; web_connectivity then asks there too.',
  ),
});

/** One scenario file: what was documented, the censor that was made of it, and what each probe must see. */
export const ScenarioFile = z.strictObject({
  id: Name.describe('What commands and folders call it.'),
  title: z.string().describe('What it is, in a line.'),
  summary: z.string().describe('What was blocked, how, where and when, in a few sentences.'),
  sources: z.record(Name, Source).describe('Reports and papers, by a name of your choice.'),
  period: z
    .strictObject({
      from: Beginning.describe('Its beginning, in UTC.'),
      to: Moment.optional().describe('Its end; left out if it goes on.'),
    })
    .describe('When the censor did this.'),
  phases: z
    .record(PhaseName, Beginning)
    .optional()
    .describe('Moments at which it is run, by name, in order; by default the period begins.'),
  networks: z.record(Name, Network).describe('Of the lab, by a name of your choice.'),
  topology: TopologySchema.describe('Which network each part of the lab belongs to.'),
  origin: Origin.describe('The web server outside, `server`, and the names that it serves.'),
  hosts: z
    .record(HostId, OutsideHostSchema)
    .optional()
    .describe('More web servers outside the country, by name.'),
  resolvers: z
    .record(Name, ResolverSchema)
    .optional()
    .describe(
      'Of the providers, by network; without it they tell the truth, at addresses of the lab.',
    ),
  sensor: SensorSchema.optional().describe(
    'Last, in a lab of its own: what the site sees of its visitors while the rules come into force.',
  ),
  tor: TorSchema.optional().describe('A private Tor network, which takes 10 to 20 s to start.'),
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
    .describe(
      'Of the boxes; there may be none where a resolver lies. Of what one packet shows, the first rule of the file decides, whatever its trigger; what an earlier packet shows is decided earlier.',
    ),
  evidence: z
    .array(Evidence)
    .min(1)
    .describe('For every value of the censor: which source documents it, or why it was chosen.'),
  expect: z
    .array(ExpectationSchema)
    .min(1)
    .describe('What each probe must see; one row at least is a negative control.'),
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
