import { FAILURE_NAMES, UNKNOWN_FAILURE } from '../base/failure-names.ts';
import { nearest } from '../base/nearest.ts';

/** What is wrong with this name of a failure, if something is. */
export function failureNameError(name: string): string | undefined {
  if (NAMES.has(name) || name.startsWith(UNKNOWN_FAILURE)) return undefined;
  const near = nearest(name, NAMES);
  const hint = near === undefined ? `one of ${[...NAMES].join(', ')}` : `the nearest is "${near}"`;
  return `expected a failure as OONI calls it, or null if nothing goes wrong; found "${name}"; ${hint}`;
}

const NAMES: ReadonlySet<string> = new Set(FAILURE_NAMES);
