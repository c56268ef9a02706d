import { z } from 'zod';
import { Duration, Ports } from './fields.ts';

/* The knobs of a profile, all of which may be left out. What each does is said where the engine has it: src/policy/model.ts. */

const Tcb = knobs({
  create: z.enum(['none', 'syn', 'synack', 'any']),
  roles: z.enum(['syn-sender-is-client', 'synack-sender-is-server']),
  on_second_syn: z.enum(['ignore', 'replace', 'multi']),
  syn_payload: z.enum(['ignore', 'inspect', 'until-refused']),
  teardown: knobs({
    on: z.array(z.enum(['rst', 'rstack', 'fin', 'oddflags'])),
    match: z.enum(['ports-ignored', '4tuple', '4tuple+seq-window', '4tuple+seq-exact']),
    // biome-ignore lint/suspicious/noThenProperty: the word of the files; nobody awaits a schema
    then: z.enum(['ignore', 'forget', 'resync']),
  }),
  resync_on: z.array(z.enum(['rst', 'syn', 'ack', 'synack'])),
  idle_timeout_ms: Duration,
  half_open_timeout_ms: Duration,
  capacity: z.int().min(1).max(1_048_576),
  eviction: z.enum(['oldest', 'half-open', 'newest']),
});

const Validate = knobs({
  ip_checksum: z.boolean(),
  tcp_checksum: z.boolean(),
  seq: z.enum(['none', 'window', 'exact']),
  ack: z.boolean(),
  flags: z.enum(['any', 'require-ack', 'strict']),
  options: knobs({ md5: z.enum(['ignore', 'reject']), paws: z.enum(['ignore', 'reject']) }),
  header_length: z.enum(['strict', 'trust-dataofs', 'trust-20']),
});

const Hops = knobs({
  before: z.int().min(0).max(254),
  after: z.int().min(0).max(254),
  aware: z.boolean(),
});

const Stream = knobs({
  mode: z.enum(['packet', 'first-payload', 'in-order', 'full']),
  overlap: z.enum(['first', 'last', 'linux', 'windows', 'strict']),
  out_of_order: z.enum(['ignore', 'buffer', 'drop']),
  /** What is held is read again with each segment: hence at most 1 MiB. */
  limit: knobs({
    bytes: z.int().min(1).max(1_048_576),
    packets: z.int().min(0).max(65_535),
    ms: z.number().min(0).max(86_400_000),
    on_limit: z.enum(['pass', 'drop', 'freeze']),
  }),
  min_segment_bytes: z.int().min(0).max(65_535),
  urgent: z.enum(['inline', 'oob', 'drop']),
});

const Tls = knobs({
  parse: z.enum(['substring', 'prefix-strict', 'full']),
  record_reassembly: z.union([z.enum(['none', 'full']), z.int().min(1).max(65_536)]),
  on_partial: z.enum(['pass-and-forget', 'wait', 'drop']),
  every_hello: z.boolean(),
});

const Method = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/, {
  error: 'expected a method such as "GET"',
});

const Http = knobs({
  parse: z.enum(['substring', 'head']),
  every_request: z.boolean(),
  methods: z.union([z.literal('any'), z.array(Method).min(1)]),
  name_case: z.enum(['ignored', 'exact']),
  whitespace: z.enum(['strict', 'standard', 'lenient']),
  end_of_line: z.enum(['any', 'crlf']),
  leading_blank_lines: z.boolean(),
  versions: z.enum(['known', 'http-1', 'any']),
  host_field: z.enum(['first', 'last', 'target']),
  when_host: z.enum(['line', 'head']),
});

const Host = knobs({
  normalise: knobs({
    case: z.enum(['ignored', 'exact']),
    trailing_dot: z.enum(['strip', 'literal']),
    port: z.enum(['strip', 'literal']),
    idna: z.boolean(),
  }),
  match: z.enum(['exact', 'suffix', 'substring', 'regex']),
});

const Knobs = knobs({
  position: z.enum(['in-path', 'on-path']),
  ports: Ports,
  direction: z.enum(['to-server', 'to-client', 'both']),
  tcb: Tcb,
  validate: Validate,
  hops: Hops,
  stream: Stream,
  ip: knobs({ defrag: z.enum(['none', 'first', 'last', 'linux', 'drop-fragments']) }),
  ip6: knobs({ ext_headers: z.enum(['stop', 'walk', 'strict', 'drop']) }),
  tls: Tls,
  http: Http,
  host: Host,
  dns: knobs({ udp: z.boolean(), tcp: z.boolean(), ports: Ports, qd_strict: z.boolean() }),
  quic: knobs({ crypto: z.enum(['first-datagram', 'reassembled']) }),
  fail_mode: z.enum(['open', 'closed']),
});

/** A box, as what it has in common with a preset and what it has not. */
export const ModelSchema = z.strictObject({
  preset: z
    .enum(['plain', 'stateless-substring', 'first-payload', 'naive-stream', 'strict'])
    .default('plain'),
  ...Knobs.shape,
});

export type ModelSpec = z.output<typeof ModelSchema>;

function knobs<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).partial();
}
