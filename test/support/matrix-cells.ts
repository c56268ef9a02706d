import type { Verdict } from '../../src/evasion/verdict.ts';
import type { MatrixCell } from '../../src/report/matrix-cell.ts';

export const UNBLOCKED = 'without a strategy the blocked name gets through';

type Named = 'strategy' | 'scenario' | 'verdict';

/** A cell of profile P over HTTP, where nothing is said otherwise. */
export function cell(
  strategy: string,
  scenario: string,
  verdict: Verdict,
  rest: Partial<Omit<MatrixCell, Named>> = {},
): MatrixCell {
  return {
    ...{ strategy, scenario, verdict, profile: 'P', carrier: 'http' },
    ...{ kind: 'strategy', blocked: null, allowed: null, why: null, tookMs: 0 },
    verdicts: [verdict],
    ...rest,
  };
}

/** `times(3, 'EVADED', 1, 'LEAK')` */
export function times(...counted: readonly (number | Verdict)[]): readonly Verdict[] {
  return counted.flatMap((count, i) =>
    typeof count === 'number' ? Array<Verdict>(count).fill(counted[i + 1] as Verdict) : [],
  );
}
