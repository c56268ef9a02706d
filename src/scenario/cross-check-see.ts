import { failureNameError } from './failure-name.ts';
import { type Problem, within } from './problem.ts';
import type { Expectation, Scenario } from './schema.ts';

/** What no probe can ever see. */
export function impossibleToSee({ expect }: Scenario): Problem[] {
  return expect.flatMap((row, i) =>
    within(['expect', i, 'see'], [...unknownFailures(row), ...wrongRanges(row), ...tooMany(row)]),
  );
}

function unknownFailures({ see: { failure, beside } }: Expectation): Problem[] {
  return Object.entries({ failure, beside }).flatMap(([key, name]) => {
    const message = typeof name === 'string' ? failureNameError(name) : undefined;
    return message === undefined ? [] : [{ path: [key], message }];
  });
}

function wrongRanges({ see }: Expectation): Problem[] {
  const { failing, bootstrap, connected_after_ms, failed_after_ms } = see;
  const ranges = { failing, bootstrap, connected_after_ms, failed_after_ms };
  return Object.entries(ranges).flatMap(([key, range]) => {
    if (!Array.isArray(range) || range[0] <= range[1]) return [];
    const message = `expected the least first, and the most behind it; found ${range.join(', ')}`;
    return [{ path: [key], message }];
  });
}

/** Without `times`, the row has been told already. */
function tooMany({ see: { failing }, times }: Expectation): Problem[] {
  if (failing === undefined || times === undefined) return [];
  return failing.flatMap((count, i) => {
    if (count <= times) return [];
    const message = `expected at most ${times}, for it is tried so many \`times\`; found ${count}`;
    return [{ path: ['failing', i], message }];
  });
}
