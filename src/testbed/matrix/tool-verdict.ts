import type { Attempt, Verdict } from '../../evasion/verdict.ts';

/** What came of a target through a tool; where the tool failed, how. */
export interface Seen {
  readonly allowed: Attempt | null;
  readonly blocked: Attempt | null;
  readonly failure: string | null;
}

/**
 * Of a tool, and why. `plain` is without it; `without` is through it where nobody censors, which tells what is censored from what does
 * not work, and is needed only where something failed.
 */
export function toolVerdictOf(
  plain: { readonly allowed: Attempt; readonly blocked: Attempt },
  { allowed, blocked, failure }: Seen,
  without: Seen | undefined,
): { readonly verdict: Verdict; readonly why: string | null } {
  if (!plain.allowed.hasSucceeded) {
    const why = `without a tool the allowed name does not get through: ${plain.allowed.failure}`;
    return { verdict: 'INFRA', why };
  }
  if (plain.blocked.hasSucceeded) {
    return { verdict: 'MODEL', why: 'without a tool the blocked name gets through' };
  }
  if (without !== undefined && without.failure !== null) {
    return { verdict: 'INFRA', why: without.failure };
  }
  const broken = [without?.allowed, without?.blocked].find((one) => one?.hasSucceeded === false);
  if (broken) {
    const why = `where nobody censors it does not get through either: ${broken.failure}`;
    return { verdict: 'BROKEN', why };
  }
  if (failure !== null) return { verdict: 'CENSORED', why: failure };
  if (!blocked?.hasSucceeded) {
    return { verdict: 'CENSORED', why: `through the tool: ${blocked?.failure}` };
  }
  // It gets through where nobody censors.
  if (!allowed?.hasSucceeded) {
    return { verdict: 'CENSORED', why: `through the tool, the allowed name: ${allowed?.failure}` };
  }
  return { verdict: 'EVADED', why: null };
}
