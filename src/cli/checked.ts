import type * as z from 'zod';
import { ChokepointError } from '../base/errors.ts';
import { quoted, shorten } from '../base/showable.ts';
import { expected } from '../scenario/expected.ts';

/** The value of a flag, checked like a scenario's field of that kind; undefined if the flag was not given. */
export function checked(
  flag: string,
  schema: z.ZodType<string, string>,
  value: string | undefined,
): string | undefined {
  const found = schema.optional().safeParse(value, { error: expected });
  if (found.success) return found.data;
  const reason = found.error.issues[0]?.message ?? 'expected another text';
  const seen = /; found /.test(reason) ? '' : `; found ${shorten(quoted(value ?? ''))}`;
  throw new ChokepointError('USAGE', `${flag}: ${reason}${seen}`);
}
