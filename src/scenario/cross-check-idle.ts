import type { Model } from '../policy/model.ts';
import type { ModelSpec } from './model-schema.ts';
import { type KnobProblem, spelled } from './problem.ts';

/** Whether a rule has a trigger of one of these kinds. */
type Asks = (...kinds: readonly string[]) => boolean;

/** Knobs that the profile has turned, though others keep them from doing anything. */
export function idleKnobs(spec: ModelSpec, model: Model, asks: Asks): KnobProblem[] {
  const told = new Set<string>();
  return IDLE.flatMap(({ knobs, when, because, isOne = isSomething }) => {
    if (!when(model, asks)) return [];
    const turned = knobs.filter((knob) => !told.has(knob) && isOne(spelled(spec, knob)));
    for (const knob of turned) told.add(knob);
    return turned.map((knob) => ({
      knob,
      message: `${JSON.stringify(spelled(spec, knob))} has no effect: ${because}; leave it out`,
    }));
  });
}

interface Idle {
  readonly knobs: readonly string[];
  /** Values that have no effect; any, if left out. */
  readonly isOne?: (value: unknown) => boolean;
  readonly when: (model: Model, asks: Asks) => boolean;
  readonly because: string;
}

/** An empty list turns something off. */
function isSomething(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

function isStreamless({ stream }: Model): boolean {
  return stream.mode === 'packet' || stream.mode === 'first-payload';
}

function ignoresSeq(model: Model): boolean {
  return isStreamless(model) && model.validate.seq === 'none';
}

const NOTHING_PUT_TOGETHER = 'with stream.mode "packet" or "first-payload" nothing is put together';
const SEQ_IGNORED = 'without a stream, and with validate.seq "none", sequence numbers play no part';

const IDLE: readonly Idle[] = [
  {
    knobs: [
      'tcb.roles',
      'tcb.on_second_syn',
      'tcb.teardown.on',
      'tcb.teardown.match',
      'tcb.teardown.then',
      'tcb.resync_on',
    ],
    when: ({ tcb }) => tcb.create === 'none',
    because: 'with tcb.create "none" there is no session that could begin or end',
  },
  {
    knobs: ['tcb.roles'],
    isOne: (value) => value === 'syn-sender-is-client',
    when: ({ tcb }) => tcb.create === 'synack',
    because: 'with tcb.create "synack" whoever sends the SYN/ACK is the server',
  },
  {
    knobs: ['tcb.teardown.match', 'tcb.teardown.then'],
    when: ({ tcb }) => tcb.teardown.on.length === 0,
    because: 'with tcb.teardown.on [] nothing ends a session',
  },
  {
    knobs: ['tcb.teardown.on', 'tcb.teardown.match'],
    when: ({ tcb }) => tcb.teardown.does === 'ignore',
    because: 'with tcb.teardown.then "ignore" nothing ends a session',
  },
  {
    knobs: ['tcb.teardown.match'],
    isOne: (value) => value === 'ports-ignored',
    when: ({ tcb }) => tcb.teardown.does === 'resync',
    because: 'with tcb.teardown.then "resync" only the flow of the packet itself is looked at anew',
  },
  {
    knobs: ['tcb.resync_on'],
    when: ignoresSeq,
    because: SEQ_IGNORED,
  },
  {
    knobs: ['tcb.teardown.then', 'tcb.on_second_syn'],
    isOne: (value) => value === 'resync' || value === 'multi',
    when: ignoresSeq,
    because: SEQ_IGNORED,
  },
  {
    knobs: ['fail_mode'],
    when: ({ tcb }) => tcb.eviction !== 'newest',
    because: 'unless tcb.eviction is "newest", an older flow makes room for each new one',
  },
  {
    knobs: ['hops.aware'],
    isOne: (value) => value === true,
    when: ({ hops }) => hops.before === 0 && hops.after === 0,
    because: 'with hops.before 0 and hops.after 0 every packet arrives',
  },
  {
    knobs: ['stream.overlap', 'stream.out_of_order', 'stream.min_segment_bytes', 'stream.limit.ms'],
    when: isStreamless,
    because: NOTHING_PUT_TOGETHER,
  },
  {
    knobs: ['stream.urgent'],
    isOne: (value) => value === 'oob',
    when: isStreamless,
    because: NOTHING_PUT_TOGETHER,
  },
  {
    knobs: ['stream.limit.bytes'],
    when: (model, asks) =>
      isStreamless(model) && !asks('quic.sni', 'tls.client-hello', 'tls.server-flight'),
    because: NOTHING_PUT_TOGETHER,
  },
  {
    knobs: ['stream.limit.on_limit'],
    when: (model) => isStreamless(model) && model.stream.limit.packets === 0,
    because: 'without a stream there is only stream.limit.packets, which is 0',
  },
  {
    knobs: ['stream.limit.packets'],
    isOne: (value) => Number(value) > 1,
    when: ({ stream }) => stream.mode === 'first-payload',
    because: 'with stream.mode "first-payload" the second is not read',
  },
  {
    knobs: ['stream.out_of_order', 'stream.overlap'],
    when: ({ validate }) => validate.seq === 'exact',
    because: 'with validate.seq "exact" only the segment whose turn it is gets that far',
  },
  {
    knobs: [
      'http.every_request',
      'http.http2',
      'http.methods',
      'http.name_case',
      'http.whitespace',
      'http.end_of_line',
      'http.leading_blank_lines',
      'http.versions',
      'http.host_field',
      'http.when_host',
    ],
    when: ({ http }, asks) => http.parse === 'substring' && !asks('http.url'),
    because: 'with http.parse "substring" no request is read',
  },
  {
    knobs: ['tls.record_reassembly', 'tls.records'],
    when: ({ tls }, asks) =>
      tls.parse === 'substring' && !asks('tls.client-hello', 'tls.server-flight'),
    because: 'with tls.parse "substring" no record is read',
  },
  {
    knobs: ['tls.on_partial', 'tls.every_hello'],
    when: ({ tls }, asks) => tls.parse === 'substring' && !asks('tls.client-hello'),
    because: 'with tls.parse "substring" no ClientHello is read',
  },
  {
    knobs: ['quic.connections'],
    isOne: (value) => value === 'ids',
    when: ({ quic }) => quic.crypto === 'first-datagram',
    because: 'with quic.crypto "first-datagram" a flow has one connection that is read',
  },
  {
    knobs: ['dns.ports', 'dns.qd_strict'],
    when: ({ dns }) => !dns.udp && !dns.tcp,
    because: 'with dns.udp false and dns.tcp false no DNS is read',
  },
];
