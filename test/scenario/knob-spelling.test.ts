import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { KNOBS, withKnob } from '../../src/policy/knobs.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { knobsAsYaml, spelledValue, spellingOf } from '../../src/scenario/knob-spelling.ts';
import { modelOf } from '../../src/scenario/model.ts';
import { ModelSchema } from '../../src/scenario/model-schema.ts';

test.each(KNOBS)('a profile that spells $path has it turned', ({ path, values }) => {
  for (const value of values) {
    const yaml = knobsAsYaml([[spellingOf(path), spelledValue(path, value)]]);
    const model = modelOf(ModelSchema.parse(parse(yaml)));
    expect(model, yaml).toEqual(withKnob(PRESETS.plain, path, value));
  }
});

test('knobs of one group share it', () => {
  const knobs = [
    ['stream.mode', 'full'],
    ['stream.limit.bytes', 64],
    ['position', 'on-path'],
  ] as const;
  expect(knobsAsYaml(knobs)).toBe(
    'stream: { mode: full, limit: { bytes: 64 } }, position: on-path',
  );
});
