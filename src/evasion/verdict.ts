/** What came of one fetch of a name by a strategy. */
export interface Attempt {
  /** The page came, from the server that was asked. */
  readonly hasSucceeded: boolean;
  /** The server took a decoy for what its client said. */
  readonly hasLeaked: boolean;
  /** Packets of the connection were changed, or what the program says was; undefined for a strategy that does neither. */
  readonly isApplied: boolean | undefined;
  /** OONI's name for what went wrong, or null. */
  readonly failure: string | null;
}

/**
 * Of a strategy against a censor. `MODEL`: the censor does not censor what it should; `INFRA`: the lab, or the tool, does not work at
 * all; `NOT-APPLIED`: the strategy did nothing to the packets.
 */
export type Verdict = 'EVADED' | 'CENSORED' | 'BROKEN' | 'LEAK' | 'NOT-APPLIED' | 'MODEL' | 'INFRA';

/** Without a strategy, and with one; each for a name that nobody blocks and for one that is blocked. */
export interface Attempts {
  readonly plainAllowed: Attempt;
  readonly plainBlocked: Attempt;
  readonly allowed: Attempt;
  readonly blocked: Attempt;
}

/** As zapret's blockcheck and Geneva's evaluator proceed: what would make the others meaningless comes first. */
export function verdictOf(attempts: Attempts): Verdict {
  const { plainAllowed, plainBlocked, allowed, blocked } = attempts;
  if (!plainAllowed.hasSucceeded) return 'INFRA';
  if (plainBlocked.hasSucceeded) return 'MODEL';
  if (allowed.isApplied === false && blocked.isApplied === false) return 'NOT-APPLIED';
  if (allowed.hasLeaked || blocked.hasLeaked) return 'LEAK';
  if (!allowed.hasSucceeded) return 'BROKEN';
  return blocked.hasSucceeded ? 'EVADED' : 'CENSORED';
}
