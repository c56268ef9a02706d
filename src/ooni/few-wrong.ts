import * as z from 'zod';
import { expected } from './tell-problems.ts';

/* zod makes an issue for each wrong item, and a file may have millions. */

/** A list, read up to the first few items that are wrong. */
export function listOf<T extends z.ZodType>(item: T) {
  return z
    .array(z.unknown())
    .transform((items, context) =>
      readEach(item, items.entries(), context).map(([, value]) => value),
    );
}

/** An object with any keys, read up to the first few values that are wrong. */
export function recordOf<T extends z.ZodType>(item: T) {
  return z
    .record(z.string(), z.unknown())
    .transform((record, context) =>
      Object.fromEntries(readEach(item, Object.entries(record), context)),
    );
}

function readEach<T extends z.ZodType, K extends PropertyKey>(
  item: T,
  entries: Iterable<[K, unknown]>,
  { issues }: Pick<z.core.ParsePayload, 'issues'>,
): [K, z.output<T>][] {
  const read: [K, z.output<T>][] = [];
  let wrong = 0;
  for (const [key, value] of entries) {
    const result = item.safeParse(value, { error: expected });
    if (result.success) read.push([key, result.data]);
    else {
      for (const issue of result.error.issues) {
        issues.push({ ...issue, path: [key, ...issue.path], input: value } as z.core.$ZodRawIssue);
      }
      if (++wrong > MOST_WRONG) break;
    }
  }
  return read;
}

/** More than are told. */
const MOST_WRONG = 10;
