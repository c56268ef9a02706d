import fc from 'fast-check';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';

/** Any knob at any value; the numbers stay small, so that limits are reached. */
export const anyModel: fc.Arbitrary<Model> = fc.record({
  position: fc.constantFrom('in-path', 'on-path'),
  ports: fc.constant('any'),
  direction: fc.constantFrom('to-server', 'to-client', 'both'),
  tcb: fc.record({
    create: fc.constantFrom('none', 'syn', 'synack', 'any'),
    roles: fc.constantFrom('syn-sender-is-client', 'synack-sender-is-server'),
    onSecondSyn: fc.constantFrom('ignore', 'replace', 'multi'),
    synPayload: fc.constantFrom('ignore', 'inspect'),
    teardown: fc.record({
      on: fc.subarray(['rst', 'rstack', 'fin', 'oddflags']),
      match: fc.constantFrom('ports-ignored', '4tuple', '4tuple+seq-window', '4tuple+seq-exact'),
      does: fc.constantFrom('ignore', 'forget', 'resync'),
    }),
    resyncOn: fc.subarray(['rst', 'syn', 'ack', 'synack']),
    idleTimeout: fc.constant(PLAIN.tcb.idleTimeout),
    halfOpenTimeout: fc.constant(PLAIN.tcb.halfOpenTimeout),
    capacity: fc.constant(16),
    eviction: fc.constantFrom('oldest', 'half-open', 'newest'),
  }),
  validate: fc.record({
    ipChecksum: fc.boolean(),
    tcpChecksum: fc.boolean(),
    seq: fc.constantFrom('none', 'window', 'exact'),
    ack: fc.boolean(),
    flags: fc.constantFrom('any', 'require-ack', 'strict'),
    md5: fc.constantFrom('ignore', 'reject'),
    paws: fc.constantFrom('ignore', 'reject'),
    headerLength: fc.constantFrom('strict', 'trust-dataofs', 'trust-20'),
  }),
  hops: fc.record({
    before: fc.constant(0),
    after: fc.constant(0),
    aware: fc.boolean(),
  }),
  stream: fc.record({
    mode: fc.constantFrom('packet', 'first-payload', 'in-order', 'full'),
    overlap: fc.constantFrom('first', 'last', 'linux', 'windows', 'strict'),
    outOfOrder: fc.constantFrom('ignore', 'buffer', 'drop'),
    limit: fc.record({
      bytes: fc.constantFrom(100, 16_384),
      packets: fc.constantFrom(0, 5),
      time: fc.constantFrom(0, 10),
      onLimit: fc.constantFrom('pass', 'drop', 'freeze'),
    }),
    minSegment: fc.constantFrom(0, 8),
    urgent: fc.constantFrom('inline', 'oob', 'drop'),
  }),
  ip: fc.record({ defrag: fc.constantFrom('none', 'first', 'last', 'linux', 'drop-fragments') }),
  tunnels: fc.constantFrom('open', 'closed'),
  ip6: fc.record({ extHeaders: fc.constantFrom('stop', 'walk', 'strict', 'drop') }),
  tls: fc.record({
    parse: fc.constantFrom('substring', 'prefix-strict', 'full'),
    records: fc.constantFrom('usual', 'any'),
    recordReassembly: fc.constantFrom(0, 16_384),
    onPartial: fc.constantFrom('pass-and-forget', 'wait', 'drop'),
    everyHello: fc.boolean(),
  }),
  http: fc
    .record({ parse: fc.constantFrom('substring', 'head'), everyRequest: fc.boolean() })
    .map((http) => ({ ...PLAIN.http, ...http })),
  host: fc.constant(PLAIN.host),
  dns: fc.constant(PLAIN.dns),
  quic: fc.constant(PLAIN.quic),
  failMode: fc.constantFrom('open', 'closed'),
});

/** A preset, more often than not; so that what a preset does together is seen often too. */
export const likelyModel: fc.Arbitrary<Model> = fc.oneof(
  { arbitrary: fc.constantFrom(...Object.values(PRESETS)), weight: 2 },
  anyModel,
);
