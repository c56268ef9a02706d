import * as z from 'zod';
import { RecordedKeys } from './recorded-keys.ts';
import { describe, expected, type ShapeProblem, tellProblems } from './tell-problems.ts';

/* What is read of a measurement that anybody may have written (df-000). */

const Text = z.string().nullish();

/** The verdict that a file has itself; a field that it does not have is `undefined`. */
const RecordedVerdict = z.object({
  dns_consistency: Text,
  blocking: z.union([z.string(), z.boolean()]).nullish(),
  accessible: z.boolean().nullish(),
  http_experiment_failure: z.union([z.string(), z.literal(false)]).nullish(),
  x_blocking_flags: z.number().nullish(),
  x_dns_flags: z.number().nullish(),
  x_null_null_flags: z.number().nullish(),
});

const Any = z.object({
  test_name: z.string(),
  input: Text,
  annotations: z.record(z.string(), z.unknown()).nullish(),
});

const WebConnectivity = Any.extend({
  test_keys: z.object({ ...RecordedKeys.shape, ...RecordedVerdict.shape }),
});

const SniBlocking = Any.extend({ test_keys: z.object({ result: z.string() }) });

export type RecordedVerdict = z.output<typeof RecordedVerdict>;

export type RecordedMeasurement =
  | {
      readonly test: 'web_connectivity';
      readonly input: string | null;
      readonly publicNetworks: string | undefined;
      readonly keys: RecordedKeys;
      readonly recorded: RecordedVerdict;
    }
  | { readonly test: 'sni_blocking'; readonly input: string | null; readonly result: string }
  /** One that is not analysed. */
  | { readonly test: 'other'; readonly input: string | null; readonly name: string };

/** A measurement, or what is wrong with the value: `test_keys.queries[0].answers: expected …; found …`, a line each. */
export function readMeasurement(
  value: unknown,
): { readonly measurement: RecordedMeasurement } | { readonly problems: readonly ShapeProblem[] } {
  if (typeof value !== 'object' || value === null || !('test_name' in value)) {
    const message = `found ${describe(value)}; expected a measurement, which has test_name`;
    return { problems: [{ path: [], message }] };
  }
  if (value.test_name === 'web_connectivity') {
    return read(WebConnectivity, value, ({ input, annotations, test_keys }) => {
      const networks = annotations?.['public_networks'];
      const publicNetworks = typeof networks === 'string' ? networks : undefined;
      const of = { keys: test_keys, recorded: test_keys, publicNetworks };
      return { test: 'web_connectivity', input: input ?? null, ...of };
    });
  }
  if (value.test_name === 'sni_blocking') {
    return read(SniBlocking, value, ({ input, test_keys: { result } }) => {
      return { test: 'sni_blocking', input: input ?? null, result };
    });
  }
  return read(Any, value, ({ input, test_name: name }) => {
    return { test: 'other', input: input ?? null, name };
  });
}

function read<T>(
  schema: z.ZodType<T>,
  value: unknown,
  make: (read: T) => RecordedMeasurement,
): ReturnType<typeof readMeasurement> {
  const result = schema.safeParse(value, { error: expected });
  return result.success
    ? { measurement: make(result.data) }
    : { problems: tellProblems(result.error, value) };
}
