import type { Model } from './model.ts';

/** Where a knob is in a model: `stream.mode`. */
export type KnobPath = PathsOf<Model>;

export type KnobValue<Path extends KnobPath> = ValueAt<Model, Path>;

/** A knob, and values to try it with: all that it has, or for numbers and lists those at which boxes are known to differ. */
export interface Knob<Path extends KnobPath = KnobPath> {
  readonly path: Path;
  readonly values: readonly KnobValue<Path>[];
}

/** A model in which one knob is turned. */
export function withKnob<Path extends KnobPath>(
  model: Model,
  path: Path,
  value: KnobValue<Path>,
): Model {
  return replaced(model, path.split('.'), value) as Model;
}

/** How a knob is set. */
export function knobOf<Path extends KnobPath>(model: Model, path: Path): KnobValue<Path> {
  const value = path.split('.').reduce<unknown>((group, key) => (group as Group)[key], model);
  return value as KnobValue<Path>;
}

function replaced(of: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const group = of as Group;
  return { ...group, [key]: replaced(group[key], rest, value) };
}

type Group = Readonly<Record<string, unknown>>;
type Leaf = string | number | boolean | readonly unknown[];
type PathsOf<T> = {
  [Key in keyof T & string]: T[Key] extends Leaf ? Key : `${Key}.${PathsOf<T[Key]>}`;
}[keyof T & string];
type ValueAt<T, Path extends string> = Path extends `${infer Key}.${infer Rest}`
  ? Key extends keyof T
    ? ValueAt<T[Key], Rest>
    : never
  : Path extends keyof T
    ? T[Path]
    : never;

/** In the order of the model; a knob that is not here does not compile. */
const VALUES = {
  position: ['in-path', 'on-path'],
  ports: ['any', [80, 443]],
  direction: ['to-server', 'to-client', 'both'],
  'tcb.create': ['none', 'syn', 'synack', 'any'],
  'tcb.roles': ['syn-sender-is-client', 'synack-sender-is-server'],
  'tcb.onSecondSyn': ['ignore', 'replace', 'multi'],
  'tcb.synPayload': ['ignore', 'inspect', 'until-refused'],
  'tcb.teardown.on': [[], ['rst'], ['rstack'], ['fin'], ['oddflags']],
  'tcb.teardown.match': ['ports-ignored', '4tuple', '4tuple+seq-window', '4tuple+seq-exact'],
  'tcb.teardown.does': ['ignore', 'forget', 'resync'],
  'tcb.resyncOn': [[], ['rst'], ['syn'], ['ack'], ['synack']],
  'tcb.idleTimeout': [10_000, 300_000],
  'tcb.halfOpenTimeout': [1_000, 60_000],
  'tcb.capacity': [1, 65_536],
  'tcb.eviction': ['oldest', 'half-open', 'newest'],
  'validate.ipChecksum': [false, true],
  'validate.tcpChecksum': [false, true],
  'validate.seq': ['none', 'window', 'exact'],
  'validate.ack': [false, true],
  'validate.flags': ['any', 'require-ack', 'strict'],
  'validate.md5': ['ignore', 'reject'],
  'validate.paws': ['ignore', 'reject'],
  'validate.headerLength': ['strict', 'trust-dataofs', 'trust-20'],
  'hops.before': [0, 1, 2],
  'hops.after': [0, 1, 2],
  'hops.aware': [false, true],
  'stream.mode': ['packet', 'first-payload', 'in-order', 'full'],
  'stream.overlap': ['first', 'last', 'linux', 'windows', 'strict'],
  'stream.outOfOrder': ['ignore', 'buffer', 'drop'],
  'stream.limit.bytes': [64, 16_384, 65_536],
  'stream.limit.packets': [0, 3],
  'stream.limit.time': [0, 1_000],
  'stream.limit.onLimit': ['pass', 'drop', 'freeze'],
  'stream.minSegment': [0, 8],
  'stream.urgent': ['inline', 'oob', 'drop'],
  'ip.defrag': ['none', 'first', 'last', 'linux', 'drop-fragments'],
  tunnels: ['open', 'closed'],
  'ip6.extHeaders': ['stop', 'walk', 'strict', 'drop'],
  'tls.parse': ['substring', 'prefix-strict', 'full'],
  'tls.records': ['usual', 'any'],
  'tls.recordReassembly': [0, 128, 65_536],
  'tls.onPartial': ['pass-and-forget', 'wait', 'drop'],
  'tls.everyHello': [false, true],
  'http.parse': ['substring', 'head'],
  'http.everyRequest': [false, true],
  'http.http2': [false, true],
  'http.methods': ['any', 'any-length', ['GET', 'POST', 'HEAD']],
  'http.nameCase': ['ignored', 'exact'],
  'http.whitespace': ['strict', 'standard', 'lenient'],
  'http.endOfLine': ['any', 'crlf'],
  'http.leadingBlankLines': [false, true],
  'http.versions': ['known', 'http-1', 'any'],
  'http.hostField': ['first', 'last', 'target', 'every'],
  'http.whenHost': ['line', 'head'],
  'host.normalise.case': ['ignored', 'exact'],
  'host.normalise.trailingDot': ['strip', 'literal'],
  'host.normalise.port': ['strip', 'literal'],
  'host.normalise.extras': ['literal', 'servers'],
  'host.normalise.idna': [false, true],
  'host.match': ['exact', 'suffix', 'substring', 'regex'],
  'dns.udp': [false, true],
  'dns.tcp': [false, true],
  'dns.ports': ['any', [53]],
  'dns.qdStrict': [false, true],
  'quic.crypto': ['first-datagram', 'reassembled'],
  'quic.connections': ['ports', 'ids'],
  failMode: ['open', 'closed'],
} as const satisfies { readonly [Path in KnobPath]: readonly KnobValue<Path>[] };

/** Values that a knob has and the catalogue has not: there must be none. */
export type UnlistedValue = {
  [Path in KnobPath]: Exclude<
    Extract<KnobValue<Path>, string | boolean>,
    (typeof VALUES)[Path][number]
  >;
}[KnobPath];

/** Every knob of a model. */
export const KNOBS: readonly Knob[] = Object.entries(VALUES).map(([path, values]) => ({
  path: path as KnobPath,
  values,
}));
