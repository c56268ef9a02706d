import * as z from 'zod';
import { FAILURE_NAMES } from '../base/failure-names.ts';

/** One of df-007's names, or what begins as those do that have none. */
export const FailureString = z.union([
  z.enum(FAILURE_NAMES),
  z.string().regex(/^unknown_failure\b/, { error: 'expected a failure string of df-007' }),
]);
