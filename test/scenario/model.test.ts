import { describe, expect, expectTypeOf, test } from 'vitest';
import { KNOBS, type KnobPath, withKnob } from '../../src/policy/knobs.ts';
import type { Model } from '../../src/policy/model.ts';
import { PLAIN, PRESETS } from '../../src/policy/presets.ts';
import { modelOf } from '../../src/scenario/model.ts';
import { ModelSchema, type ModelSpec } from '../../src/scenario/model-schema.ts';

test.each(Object.entries(PRESETS))('the preset %s is the model of that name', (preset, model) => {
  expect(modelOf(ModelSchema.parse({ preset }))).toEqual(model);
});

test('a profile that says nothing is plain', () => {
  expect(modelOf(ModelSchema.parse({}))).toEqual(PLAIN);
});

describe('every value of every knob can be said in a scenario, and changes that knob alone', () => {
  const rows = KNOBS.flatMap(({ path, values }) => values.map((value) => ({ path, value })));
  test.each(rows)('$path $value', ({ path, value }) => {
    for (const [preset, model] of Object.entries(PRESETS)) {
      const spec = ModelSchema.parse({ preset, ...specOf(path, value) });
      expect(modelOf(spec)).toEqual(withKnob(model, path, value));
    }
  });
});

test('the catalogue of knobs has every knob of a model', () => {
  expect(KNOBS.map(({ path }) => path).sort()).toEqual(leaves(PLAIN).sort());
});

test.each([
  { said: 'none', bytes: 0 },
  { said: 'full', bytes: 65_536 },
  { said: 512, bytes: 512 },
])('record_reassembly $said is $bytes bytes', ({ said, bytes }) => {
  const model = modelOf(ModelSchema.parse({ tls: { record_reassembly: said } }));
  expect(model.tls).toEqual({ ...PLAIN.tls, recordReassembly: bytes });
});

test('knobs beside one that is turned keep the value of the preset', () => {
  const model = modelOf(
    ModelSchema.parse({
      preset: 'strict',
      stream: { limit: { packets: 3 } },
      tcb: { teardown: { on: [] } },
    }),
  );
  const { strict } = PRESETS;
  expect(model).toEqual({
    ...strict,
    stream: { ...strict.stream, limit: { ...strict.stream.limit, packets: 3 } },
    tcb: { ...strict.tcb, teardown: { ...strict.tcb.teardown, on: [] } },
  });
});

test('words of a knob are the same in a scenario and in the model', () => {
  type Of<Group extends keyof ModelSpec> = NonNullable<ModelSpec[Group]>;
  expectTypeOf<Of<'position'>>().toEqualTypeOf<Model['position']>();
  expectTypeOf<Of<'direction'>>().toEqualTypeOf<Model['direction']>();
  expectTypeOf<Of<'fail_mode'>>().toEqualTypeOf<Model['failMode']>();
  expectTypeOf<ModelSpec['preset']>().toEqualTypeOf<keyof typeof PRESETS>();
});

/** What a scenario says to turn one knob. */
function specOf(path: KnobPath, value: unknown): object {
  const keys = NAMES[path] ?? path.split('.').map(snake);
  return keys.reduceRight<unknown>(
    (inner, key) => ({ [key]: inner }),
    sayable(path, value),
  ) as object;
}

function sayable(path: KnobPath, value: unknown): unknown {
  return path === 'tls.recordReassembly' && value === 0 ? 'none' : value;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Where the name in a scenario is not the model's in other letters. */
const NAMES: Partial<Record<KnobPath, readonly string[]>> = {
  'tcb.teardown.does': ['tcb', 'teardown', 'then'],
  'tcb.idleTimeout': ['tcb', 'idle_timeout_ms'],
  'tcb.halfOpenTimeout': ['tcb', 'half_open_timeout_ms'],
  'validate.md5': ['validate', 'options', 'md5'],
  'validate.paws': ['validate', 'options', 'paws'],
  'stream.limit.time': ['stream', 'limit', 'ms'],
  'stream.minSegment': ['stream', 'min_segment_bytes'],
};
