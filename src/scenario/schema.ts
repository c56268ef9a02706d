import { z } from 'zod';

import { Domain, Port, Probe } from './fields.ts';
import { HostId, type OutsideHost, OutsideHostSchema } from './host-schema.ts';

import { ModelSchema } from './model-schema.ts';
import { ResolverSchema } from './resolver-schema.ts';
import { RuleSchema } from './rule-schema.ts';
import { SensorSchema } from './sensor-schema.ts';
import { TablesSchema } from './table-schema.ts';
import { TopologySchema } from './topology-schema.ts';

const Network = z.strictObject({
  asn: z.int().min(1).max(4_294_967_295),
  name: z.string(),
  country: z.string().regex(/^[A-Z]{2}$/, { error: 'expected an ISO 3166 code such as "AZ"' }),
});

const Source = z.strictObject({
  title: z.string(),
  publisher: z.string(),
  date: z.iso.date(),
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

const HostName = z.string();

const NetworkId = z.string();

const Percent = z.int().min(0).max(100);

const Expectation = z.strictObject({
  claim: z.string(),
  negative_control: z
    .boolean()
    .optional()
    .describe('Whether it only looks like what is blocked, and gets through. One row at least.'),
  /** Only under these profiles; by default under the first. */
  profiles: z.array(z.string()).min(1).optional(),
  /** Only in these phases; by default in the first. */
  phases: z.array(z.string()).min(1).optional(),
  /** One host, or several of which the same is expected. */
  from: z
    .union([HostName.transform((host) => [host]), z.array(HostName).min(1)])
    .default(['client']),
  probe: Probe,
  urls: z.array(z.url({ protocol: /^(https?|tcp|dns)$/ })).min(1),
  ip: z
    .array(z.literal([4, 6]))
    .min(1)
    .default([4]),
  /** The lab host whose address is used, whatever the URL's name resolves to. */
  connect: HostName.optional(),
  /** The Host header as sent, where it is not the URL's. */
  host: z.string().optional(),
  /** The bytes that carry the name leave in two segments, cut in the middle of the name. */
  split: z.literal('name').optional(),
  /** The only version of TLS that the client offers. */
  tls: z.enum(['1.0', '1.2', '1.3']).optional(),
  /** The only group for which it sends a key share, as OpenSSL calls it. */
  group: z.enum(['X25519', 'P-256']).optional(),
  /** Hosts asked for on the same connection before the URL's. */
  after: z.array(z.string()).min(1).optional(),
  /** For how long the probe waits for each step. */
  timeout_s: z.int().min(1).max(60).optional(),
  /** How often it is tried, where chance decides. */
  times: z.int().min(2).max(100).optional(),
  /** A URL whose TLS handshake runs at the same time, its packets between those of the first. */
  beside: z.url().optional(),
  /** What a Tor client connects to first; by default the relays themselves. */
  bridge: z.enum(['none', 'plain', 'obfs4']).optional(),
  see: z.strictObject({
    failure: z.string().nullable(),
    /** Of all `times`, in how many it has this failure: at least, and at most. In the others it has none. */
    failing: z.tuple([z.int().min(0), z.int().min(0)]).optional(),
    exit: z.int().optional(),
    says: z.string().optional(),
    status: z.int().optional(),
    /** That a name resolves to, in any order. */
    addresses: z.array(z.string()).optional(),
    /** Requests that were answered before the one that counts. */
    answered: z.int().optional(),
    beside: z.string().nullable().optional(),
    /** How far a Tor client gets, in per cent: a number, or the least and the most. */
    bootstrap: z.union([Percent, z.tuple([Percent, Percent])]).optional(),
    /** Between SYN and SYN/ACK. */
    connected_after_ms: z.tuple([z.number(), z.number()]).optional(),
    /** Between the request and the failure. */
    failed_after_ms: z.tuple([z.number(), z.number()]).optional(),
    /** What the web server behind the URL saw of this row. */
    origin: z
      .strictObject({
        host: HostName.default('server'),
        connections: z.int().min(0),
        request_bytes: z.int().min(0).optional(),
      })
      .optional(),
    /** RSTs the middlebox sent during this row. */
    resets: z.strictObject({ client: z.int().min(0), server: z.int().min(0) }).optional(),
  }),
});

/** What a scenario may say of its Tor network. All of it is on the host `server`. */
const Tor = z.strictObject({
  relay_ports: z
    .tuple([Port, Port, Port])
    .default([5001, 5002, 5003])
    .describe('Of the relays, which are directory authorities and exits too.'),
  directory_ports: z
    .tuple([Port, Port, Port])
    .default([7001, 7002, 7003])
    .describe('On which the same vote on who is in the network.'),
  plain_port: Port.default(9001).describe('Of a bridge that speaks as relays do.'),
  obfs4_port: Port.default(9002).describe('Of a bridge that speaks obfs4 alone.'),
});

/** One scenario file: what was documented, the censor that was made of it, and what each probe must see. */
export const ScenarioFile = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/, { error: 'expected lower-case letters, digits and dashes' }),
  title: z.string(),
  summary: z.string(),
  sources: z.record(z.string(), Source),
  period: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime().optional() }),
  /** Moments at which it is run, by name, in order; by default the beginning of the period. */
  phases: z.record(z.string(), z.iso.datetime()).optional(),
  networks: z.record(z.string(), Network),
  /** Which network each part of the lab belongs to. */
  topology: TopologySchema,
  origin: z.strictObject({
    http_ports: z.array(Port).min(1),
    tls_ports: z.array(Port).min(1),
    /** Domains, with everything below them, that resolve to the server. */
    names: z.array(Domain).min(1),
  }),
  hosts: z
    .record(HostId, OutsideHostSchema)
    .optional()
    .describe('More web servers outside the country, by name.'),
  /** Of the providers, by network; without it they tell the truth. */
  resolvers: z.record(NetworkId, ResolverSchema).optional(),
  sensor: SensorSchema.optional().describe(
    'Last, in a lab of its own: what the site sees of its visitors while the rules come into force.',
  ),
  tor: Tor.optional().describe('A private Tor network, which takes 20 s to start.'),
  /** Models of the same censor; the first is the default. */
  profiles: z
    .record(z.string(), ModelSchema)
    .refine((profiles) => Object.keys(profiles).length > 0, {
      error: 'expected at least one profile',
    }),
  /** For what is left to chance: the same seed, the same decisions. */
  seed: z.int().min(0).max(4_294_967_295).default(0),
  rules: z.array(RuleSchema).min(1),
  evidence: z.array(Evidence).min(1),
  expect: z.array(Expectation).min(1),
  tables: TablesSchema.optional().describe('What a run makes of its measurements, by name.'),
});

export type Scenario = z.output<typeof ScenarioFile>;
export type Expectation = Scenario['expect'][number];
export type TorSpec = z.output<typeof Tor>;
export type HostName = z.output<typeof HostName>;
export type { OutsideHost };
/** What of a scenario is the censor. */
export type Censor = Pick<Scenario, 'profiles' | 'rules'>;
