import type { Model } from './model.ts';

/** A knob of the model: where it is, and the values that are worth trying in place of the one it has. */
export interface Knob {
  /** Names from the model down, with dots between them. */
  readonly path: string;
  readonly values: readonly unknown[];
}

/** The same model but for one knob. */
export function withKnob(model: Model, path: string, value: unknown): Model {
  return replaced(model, path.split('.'), value) as Model;
}

export function knobOf(model: Model, path: string): unknown {
  let value: unknown = model;
  for (const name of path.split('.')) value = (value as Record<string, unknown>)[name];
  return value;
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return by;
  const record = value as Record<string, unknown>;
  return { ...record, [name]: replaced(record[name], rest, by) };
}

const EITHER = [false, true];

export const KNOBS: readonly Knob[] = [
  { path: 'position', values: ['in-path', 'on-path'] },
  { path: 'ports', values: ['any', [80, 443]] },
  { path: 'direction', values: ['to-server', 'to-client', 'both'] },
  { path: 'tcb.create', values: ['none', 'syn', 'synack', 'any'] },
  { path: 'tcb.roles', values: ['syn-sender-is-client', 'synack-sender-is-server'] },
  { path: 'tcb.onSecondSyn', values: ['ignore', 'replace', 'multi'] },
  { path: 'tcb.synPayload', values: ['ignore', 'inspect'] },
  {
    path: 'tcb.teardown.on',
    values: [[], ['rst', 'rstack'], ['rst', 'rstack', 'fin', 'oddflags']],
  },
  {
    path: 'tcb.teardown.match',
    values: ['ports-ignored', '4tuple', '4tuple+seq-window', '4tuple+seq-exact'],
  },
  { path: 'tcb.teardown.does', values: ['ignore', 'forget', 'resync'] },
  { path: 'tcb.resyncOn', values: [[], ['rst'], ['syn'], ['ack'], ['synack']] },
  { path: 'tcb.idleTimeout', values: [1000, 30_000, 300_000, 7_200_000] },
  { path: 'tcb.halfOpenTimeout', values: [1000, 60_000, 300_000] },
  { path: 'validate.ipChecksum', values: EITHER },
  { path: 'validate.tcpChecksum', values: EITHER },
  { path: 'validate.seq', values: ['none', 'window', 'exact'] },
  { path: 'validate.ack', values: EITHER },
  { path: 'validate.flags', values: ['any', 'require-ack', 'strict'] },
  { path: 'validate.md5', values: ['ignore', 'reject'] },
  { path: 'validate.paws', values: ['ignore', 'reject'] },
  { path: 'validate.headerLength', values: ['trust-20', 'trust-dataofs', 'strict'] },
  { path: 'hops.aware', values: EITHER },
  { path: 'hops.before', values: [0, 1, 2, 3] },
  { path: 'hops.after', values: [0, 1, 2, 3] },
  { path: 'stream.mode', values: ['packet', 'first-payload', 'in-order', 'full'] },
  { path: 'stream.overlap', values: ['first', 'last', 'linux', 'windows', 'strict'] },
  { path: 'stream.outOfOrder', values: ['ignore', 'buffer', 'drop'] },
  { path: 'stream.limit.bytes', values: [1460, 8192, 16_384, 65_536] },
  { path: 'stream.limit.packets', values: [0, 2, 10] },
  { path: 'stream.limit.time', values: [0, 1000, 10_000] },
  { path: 'stream.limit.onLimit', values: ['pass', 'drop', 'freeze'] },
  { path: 'stream.minSegment', values: [0, 9, 64] },
  { path: 'stream.urgent', values: ['inline', 'oob', 'drop'] },
  { path: 'ip.defrag', values: ['none', 'first', 'last', 'linux', 'drop-fragments'] },
  { path: 'ip6.extHeaders', values: ['stop', 'walk', 'strict', 'drop'] },
  { path: 'tls.parse', values: ['substring', 'prefix-strict', 'full'] },
  { path: 'tls.recordReassembly', values: [0, 65_536] },
  { path: 'tls.onPartial', values: ['pass-and-forget', 'wait', 'drop'] },
  { path: 'tls.everyHello', values: EITHER },
  { path: 'http.parse', values: ['substring', 'head'] },
  { path: 'http.everyRequest', values: EITHER },
  { path: 'http.nameCase', values: ['ignored', 'exact'] },
  { path: 'http.whitespace', values: ['strict', 'standard', 'lenient'] },
  { path: 'http.endOfLine', values: ['any', 'crlf'] },
  { path: 'http.leadingBlankLines', values: EITHER },
  { path: 'http.versions', values: ['known', 'http-1', 'any'] },
  { path: 'http.methods', values: ['any', ['GET', 'POST', 'HEAD']] },
  { path: 'http.hostField', values: ['first', 'last', 'target'] },
  { path: 'http.whenHost', values: ['line', 'head'] },
  { path: 'dns.udp', values: EITHER },
  { path: 'dns.tcp', values: EITHER },
  { path: 'dns.ports', values: ['any', [53]] },
  { path: 'dns.qdStrict', values: EITHER },
  { path: 'quic.crypto', values: ['first-datagram', 'reassembled'] },
  { path: 'failMode', values: ['open', 'closed'] },
];
