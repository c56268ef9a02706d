import { expect, test } from 'vitest';
import { analyzeWebConnectivity } from '../../src/ooni/analyze.ts';
import { Measurement } from '../../src/ooni/measurement.ts';
import { RecordedKeys } from '../../src/ooni/recorded-keys.ts';
import { measurement, TEST_NAMES } from '../support/measurement.ts';

test.each(TEST_NAMES)('a measurement of %s fits, and is what was written', (name) => {
  const written = measurement(name);
  expect(Measurement.parse(written)).toEqual(written);
});

test.each(TEST_NAMES)('a key of %s that the format does not have must begin with x_', (name) => {
  const written = measurement(name);
  const keys = (more: object) => ({ ...written, test_keys: { ...written.test_keys, ...more } });
  expect(Measurement.safeParse(keys({ x_lab: { any: 'thing' } })).error).toBeUndefined();
  expect(issuesOf(keys({ lab: 1 }))).toEqual(['test_keys: unrecognized_keys']);
  expect(issuesOf({ ...written, lab: 1 })).toEqual([': unrecognized_keys']);
});

test.each([
  ['a failure that OONI has no name for', 'control_failure', 'timed_out', 'control_failure'],
  ['a verdict that there is not', 'blocking', true, 'blocking'],
  ['flags that there are not', 'x_blocking_flags', 64, 'x_blocking_flags'],
  ['a list that is none', 'queries', null, 'queries'],
])('%s does not fit', (_, key, value, at) => {
  const written = measurement();
  const wrong = { ...written, test_keys: { ...written.test_keys, [key]: value } };
  expect(issuesOf(wrong).map((issue) => issue.split(':')[0])).toEqual([`test_keys.${at}`]);
});

test.each([
  ['measurement_start_time', '2017-03-27T00:00:01Z'],
  ['probe_asn', '29049'],
  ['probe_cc', 'az'],
  ['data_format_version', '0.3.4'],
  ['test_name', 'ndt'],
])('%s may not be %s', (key, value) => {
  expect(issuesOf({ ...measurement(), [key]: value })).toHaveLength(1);
});

test('what we write is read, and its verdict is what analysis makes of it', () => {
  const { test_keys, input, annotations } = measurement();
  const publicNetworks = annotations['public_networks'];
  const read = RecordedKeys.parse(test_keys);
  const { verdict } = analyzeWebConnectivity({ ...read, requests: [] }, { input, publicNetworks });
  expect(test_keys).toMatchObject(verdict);
});

function issuesOf(value: unknown): string[] {
  const { error } = Measurement.safeParse(value);
  return (error?.issues ?? []).map(({ path, code }) => `${path.join('.')}: ${code}`);
}
