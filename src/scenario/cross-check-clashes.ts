import type { Model } from '../policy/model.ts';
import type { ModelSpec } from './model-schema.ts';
import { type KnobProblem, spelled } from './problem.ts';

/** Knobs of which one makes impossible what the other asks for; told at one that the profile itself has turned. */
export function clashes(spec: ModelSpec, model: Model): KnobProblem[] {
  return CLASHES.flatMap(([one, other, because]) => {
    if (!one.isOne(one.of(model)) || !other.isOne(other.of(model))) return [];
    const isOneSpelled = spelled(spec, one.knob) !== undefined;
    const isOtherSpelled = spelled(spec, other.knob) !== undefined;
    if (!isOneSpelled && !isOtherSpelled) return [];
    const [told, against] = isOneSpelled ? [one, other] : [other, one];
    const owner = isOneSpelled && isOtherSpelled ? '' : ` of the preset ${spec.preset}`;
    const [value, otherValue] = [told, against].map(({ of }) => JSON.stringify(of(model)));
    const message = `${value} cannot be combined with ${against.knob} ${otherValue}${owner}: ${because}`;
    return [{ knob: told.knob, message }];
  });
}

/** Whether some knob of a model makes impossible what another asks for. */
export function contradictsItself(model: Model): boolean {
  return CLASHES.some(([one, other]) => one.isOne(one.of(model)) && other.isOne(other.of(model)));
}

/** Values of a knob. */
interface Setting {
  readonly knob: string;
  readonly of: (model: Model) => unknown;
  readonly isOne: (value: unknown) => boolean;
}

function set(knob: string, of: Setting['of'], ...values: readonly unknown[]): Setting {
  return { knob, of, isOne: (value) => values.includes(value) };
}

const NO_SESSIONS = set('tcb.create', (model) => model.tcb.create, 'none');
const FORGETS = 'a box without sessions reads every packet alone';
const ON_PATH = set('position', (model) => model.position, 'on-path');
const CANNOT_DROP = 'a box that sees copies of packets can hold none back';

const CLASHES: readonly (readonly [Setting, Setting, because: string])[] = [
  [
    NO_SESSIONS,
    set('stream.mode', (model) => model.stream.mode, 'first-payload', 'in-order', 'full'),
    FORGETS,
  ],
  [NO_SESSIONS, set('validate.seq', (model) => model.validate.seq, 'window', 'exact'), FORGETS],
  [NO_SESSIONS, set('validate.ack', (model) => model.validate.ack, true), FORGETS],
  [NO_SESSIONS, set('validate.options.paws', (model) => model.validate.paws, 'reject'), FORGETS],
  [
    NO_SESSIONS,
    {
      knob: 'stream.limit.packets',
      of: (model) => model.stream.limit.packets,
      isOne: (packets) => packets !== 0,
    },
    FORGETS,
  ],
  [
    set('tcb.create', (model) => model.tcb.create, 'synack'),
    set('tcb.syn_payload', (model) => model.tcb.synPayload, 'inspect'),
    'the session begins only after the SYN',
  ],
  [ON_PATH, set('ip.defrag', (model) => model.ip.defrag, 'drop-fragments'), CANNOT_DROP],
  [ON_PATH, set('ip6.ext_headers', (model) => model.ip6.extHeaders, 'drop'), CANNOT_DROP],
  [ON_PATH, set('stream.out_of_order', (model) => model.stream.outOfOrder, 'drop'), CANNOT_DROP],
  [ON_PATH, set('stream.urgent', (model) => model.stream.urgent, 'drop'), CANNOT_DROP],
  [
    ON_PATH,
    set('stream.limit.on_limit', (model) => model.stream.limit.onLimit, 'drop', 'freeze'),
    CANNOT_DROP,
  ],
  [ON_PATH, set('tls.on_partial', (model) => model.tls.onPartial, 'drop'), CANNOT_DROP],
  [ON_PATH, set('fail_mode', (model) => model.failMode, 'closed'), CANNOT_DROP],
];
