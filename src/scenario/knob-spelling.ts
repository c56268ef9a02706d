import type { KnobPath, KnobValue } from '../policy/knobs.ts';

/** A knob as profiles spell it: `host.normalise.trailing_dot`. */
export function spellingOf(knob: KnobPath): string {
  return OTHER_WORDS[knob] ?? knob.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What a profile says for this value of the model. */
export function spelledValue(
  knob: KnobPath,
  value: KnobValue<KnobPath>,
): KnobValue<KnobPath> | 'none' {
  return knob === 'tls.recordReassembly' && value === 0 ? 'none' : value;
}

/** Knobs and their values as a line of YAML to put into a profile. */
export function knobsAsYaml(
  knobs: readonly (readonly [spelling: string, value: unknown])[],
): string {
  const root = new Map<string, unknown>();
  for (const [spelling, value] of knobs) put(root, spelling.split('.'), value);
  return membersOf(root);
}

function put(group: Map<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown) {
  if (rest.length === 0) {
    group.set(key, value);
    return;
  }
  const inner = group.get(key);
  const next = inner instanceof Map ? inner : new Map<string, unknown>();
  group.set(key, next);
  put(next, rest, value);
}

function membersOf(group: ReadonlyMap<string, unknown>): string {
  return [...group].map(([key, value]) => `${key}: ${valueAsYaml(value)}`).join(', ');
}

function valueAsYaml(value: unknown): string {
  if (value instanceof Map) return `{ ${membersOf(value)} }`;
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}

/** Where the model's own names differ in more than letters. */
const OTHER_WORDS: Readonly<Partial<Record<KnobPath, string>>> = {
  'tcb.teardown.does': 'tcb.teardown.then',
  'tcb.idleTimeout': 'tcb.idle_timeout_ms',
  'tcb.halfOpenTimeout': 'tcb.half_open_timeout_ms',
  'validate.md5': 'validate.options.md5',
  'validate.paws': 'validate.options.paws',
  'stream.limit.time': 'stream.limit.ms',
  'stream.minSegment': 'stream.min_segment_bytes',
};
