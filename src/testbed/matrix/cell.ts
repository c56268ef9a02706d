import type { Attempt, Verdict } from '../../evasion/verdict.ts';

/** A strategy or a tool against a censor, on one of its targets. */
export interface Cell {
  readonly scenario: string;
  readonly profile: string;
  /** An id of the catalogue, a strategy as Geneva writes it, or a tool's id. */
  readonly strategy: string;
  readonly kind: 'strategy' | 'tool';
  /** The target's name: what the request is made over, or what is blocked in it. */
  readonly carrier: string;
  /** The rule that blocks without a strategy, or whose resolver lies. */
  readonly by: string | null;
  readonly verdict: Verdict;
  /** Of each time that it was tried, in order; `verdict` is the commonest, and of two the less favourable. */
  readonly verdicts: readonly Verdict[];
  /** Of a time with that verdict: how each name fared without the strategy, and with it. */
  readonly plainAllowed: Attempt | null;
  readonly plainBlocked: Attempt | null;
  readonly allowed: Attempt | null;
  readonly blocked: Attempt | null;
  /** Why the verdict says nothing good of the strategy, where that is known; of a tool, with the end of its log. */
  readonly why: string | null;
  readonly tookMs: number;
  /** Of the lab's captures and logs, within the matrix's. */
  readonly folder: string | null;
  /** Of a tool: when it was tried in that lab, by the lab's calendar, in ms; its connections are those of its client in that time. */
  readonly span: {
    readonly from: number;
    readonly to: number;
    /** The client's addresses. */
    readonly clients: readonly string[];
  } | null;
}

/** By which people and files call it: SCENARIO/PROFILE/TARGET/STRATEGY. */
export function cellName({
  scenario,
  profile,
  carrier,
  strategy,
}: Pick<Cell, 'scenario' | 'profile' | 'carrier' | 'strategy'>): string {
  return `${scenario}/${profile}/${carrier}/${strategy}`;
}

/** What is said of a cell that was tried several times. */
export function commonest(verdicts: readonly Verdict[]): Verdict {
  const count = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length;
  return VERDICTS.reduce((best, one) => (count(one) > count(best) ? one : best));
}

/** The least favourable first. */
export const VERDICTS: readonly Verdict[] = [
  'INFRA',
  'MODEL',
  'LEAK',
  'BROKEN',
  'NOT-APPLIED',
  'CENSORED',
  'EVADED',
];
