import type { Model } from './model.ts';

/**
 * What a box is unless its scenario says otherwise: it follows flows on any port, whoever began them and whether or not it
 * saw the beginning, reads each segment alone, and checks nothing.
 */
export const PLAIN: Model = {
  position: 'in-path',
  ports: 'any',
  direction: 'both',
  tcb: {
    create: 'any',
    roles: 'syn-sender-is-client',
    onSecondSyn: 'replace',
    synPayload: 'ignore',
    teardown: { on: ['rst', 'rstack'], match: '4tuple', does: 'forget' },
    resyncOn: [],
    idleTimeout: 300_000,
    halfOpenTimeout: 60_000,
    capacity: 65_536,
    eviction: 'oldest',
  },
  validate: {
    ipChecksum: false,
    tcpChecksum: false,
    seq: 'none',
    ack: false,
    flags: 'any',
    md5: 'ignore',
    paws: 'ignore',
    headerLength: 'strict',
  },
  hops: { before: 0, after: 0, aware: false },
  stream: {
    mode: 'packet',
    overlap: 'first',
    outOfOrder: 'buffer',
    limit: { bytes: 16_384, packets: 0, time: 0, onLimit: 'pass' },
    minSegment: 0,
    urgent: 'inline',
  },
  ip: { defrag: 'none' },
  tunnels: 'open',
  ip6: { extHeaders: 'stop' },
  tls: {
    parse: 'full',
    records: 'usual',
    recordReassembly: 0,
    onPartial: 'wait',
    everyHello: false,
  },
  http: {
    parse: 'head',
    everyRequest: true,
    http2: false,
    methods: 'any',
    nameCase: 'ignored',
    whitespace: 'standard',
    endOfLine: 'any',
    leadingBlankLines: false,
    versions: 'http-1',
    hostField: 'first',
    whenHost: 'line',
  },
  host: {
    normalise: {
      case: 'ignored',
      trailingDot: 'strip',
      port: 'strip',
      extras: 'literal',
      idna: false,
    },
    match: 'suffix',
  },
  dns: { udp: true, tcp: false, ports: [53], qdStrict: false },
  quic: { crypto: 'first-datagram', connections: 'ports' },
  failMode: 'open',
};

/** P of four: no state, no parser; a listed name anywhere in a payload. */
const STATELESS_SUBSTRING: Model = {
  ...PLAIN,
  tcb: { ...PLAIN.tcb, create: 'none', teardown: { ...PLAIN.tcb.teardown, on: [] } },
  tls: { ...PLAIN.tls, parse: 'substring' },
  http: { ...PLAIN.http, parse: 'substring' },
};

/** F: a parser, for the first payload of each direction; whatever ends a flow on the face of it does. */
const FIRST_PAYLOAD: Model = {
  ...PLAIN,
  tcb: {
    ...PLAIN.tcb,
    create: 'syn',
    onSecondSyn: 'ignore',
    synPayload: 'inspect',
    teardown: { on: ['rst', 'rstack', 'fin'], match: '4tuple', does: 'forget' },
  },
  stream: { ...PLAIN.stream, mode: 'first-payload' },
  tls: { ...PLAIN.tls, onPartial: 'pass-and-forget' },
  host: { ...PLAIN.host, normalise: { ...PLAIN.host.normalise, trailingDot: 'literal' } },
};

/** N: streams are put together, but nothing is checked except that a segment lies in the window. */
const NAIVE_STREAM: Model = {
  ...PLAIN,
  tcb: {
    ...PLAIN.tcb,
    create: 'syn',
    teardown: { on: ['rst', 'rstack', 'fin'], match: '4tuple', does: 'forget' },
  },
  validate: { ...PLAIN.validate, seq: 'window' },
  stream: { ...PLAIN.stream, mode: 'in-order' },
  host: { ...PLAIN.host, normalise: { ...PLAIN.host.normalise, trailingDot: 'literal' } },
};

/** S: it sees what a Linux server sees, and believes what one would. */
const STRICT: Model = {
  ...PLAIN,
  tcb: {
    ...PLAIN.tcb,
    create: 'syn',
    onSecondSyn: 'ignore',
    teardown: { on: ['rst', 'rstack'], match: '4tuple+seq-exact', does: 'forget' },
    eviction: 'half-open',
  },
  validate: {
    ipChecksum: true,
    tcpChecksum: true,
    seq: 'window',
    ack: true,
    flags: 'require-ack',
    md5: 'reject',
    paws: 'reject',
    headerLength: 'strict',
  },
  hops: { ...PLAIN.hops, aware: true },
  stream: {
    ...PLAIN.stream,
    mode: 'full',
    overlap: 'linux',
    limit: { bytes: 65_536, packets: 0, time: 0, onLimit: 'pass' },
    urgent: 'oob',
  },
  ip: { defrag: 'linux' },
  ip6: { extHeaders: 'strict' },
  tls: { ...PLAIN.tls, records: 'any', recordReassembly: 65_536, everyHello: true },
  http: {
    ...PLAIN.http,
    http2: true,
    methods: 'any-length',
    whitespace: 'lenient',
    leadingBlankLines: true,
    versions: 'any',
    hostField: 'every',
  },
  host: {
    ...PLAIN.host,
    normalise: { ...PLAIN.host.normalise, extras: 'servers', idna: true },
  },
  dns: { ...PLAIN.dns, tcp: true, ports: 'any' },
  quic: { crypto: 'reassembled', connections: 'ids' },
};

/** Models by the names that scenarios use. */
export const PRESETS: Readonly<Record<PresetName, Model>> = {
  plain: PLAIN,
  'stateless-substring': STATELESS_SUBSTRING,
  'first-payload': FIRST_PAYLOAD,
  'naive-stream': NAIVE_STREAM,
  strict: STRICT,
};

export type PresetName =
  | 'plain'
  | 'stateless-substring'
  | 'first-payload'
  | 'naive-stream'
  | 'strict';
