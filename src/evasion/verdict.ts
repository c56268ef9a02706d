/** What came of one fetch of a name by a strategy. */
export interface Attempt {
  /** The page came, from the server that was asked; or the address, of a name that was looked up. */
  readonly hasSucceeded: boolean;
  /** The server took a decoy for what its client said. */
  readonly hasLeaked: boolean;
  /** What a strategy claims to do was not seen on the client's own wire: what is missing. */
  readonly missing?: string | undefined;
  /** OONI's name for what went wrong, or null. */
  readonly failure: string | null;
  /** The client's end, as address:port. */
  readonly local?: string | undefined;
}

/**
 * Of a strategy against a censor. `MODEL`: the censor does not censor what it should; `INFRA`: the lab, or the tool, does not work at
 * all; `NOT-APPLIED`: what the strategy claims to do was not on the wire.
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
  if (allowed.hasLeaked || blocked.hasLeaked) return 'LEAK';
  if (!allowed.hasSucceeded) return 'BROKEN';
  if (isNotApplied(attempts)) return 'NOT-APPLIED';
  return blocked.hasSucceeded ? 'EVADED' : 'CENSORED';
}

/** A censor may end a connection before there is anything of a strategy to see: then the allowed name shows whether there would be. */
function isNotApplied({ allowed, blocked }: Attempts): boolean {
  return blocked.missing !== undefined && (blocked.hasSucceeded || allowed.missing !== undefined);
}

/** What is behind a verdict that says nothing good of a strategy, where it does not say so itself. */
export function whyOf(
  verdict: Verdict,
  { plainAllowed, allowed, blocked }: Attempts,
): string | null {
  switch (verdict) {
    case 'INFRA':
      return `without a strategy the allowed name does not get through: ${plainAllowed.failure}`;
    case 'MODEL':
      return 'without a strategy the blocked name gets through';
    case 'NOT-APPLIED':
      return `not on the client's wire: ${blocked.missing}`;
    case 'LEAK':
      return 'the server took a decoy for what its client said';
    case 'BROKEN':
      return `with the strategy the allowed name does not get through: ${allowed.failure}`;
    default:
      return null;
  }
}
