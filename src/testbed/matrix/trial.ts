import { ChokepointError } from '../../base/errors.ts';
import {
  type Attempt,
  type Attempts,
  type Verdict,
  verdictOf,
  whyOf,
} from '../../evasion/verdict.ts';
import { type Cell, commonest } from './cell.ts';
import { LabUnopened } from './lab-unopened.ts';
import type { Tried } from './room.ts';
import type { MatrixTarget } from './target.ts';

/** What came of one time that a cell was tried. */
export interface Trial {
  readonly verdict: Verdict;
  readonly attempts: { readonly [name in keyof Attempts]: Attempt | null };
  readonly why: string | null;
  readonly folder: string | null;
  readonly span: Cell['span'];
}

/** All four names were asked for. */
export function trialOf(plain: Tried, { allowed, blocked, folder }: Tried): Trial {
  const attempts = { plainAllowed: plain.allowed, plainBlocked: plain.blocked, allowed, blocked };
  const verdict = verdictOf(attempts);
  return { verdict, attempts, why: whyOf(verdict, attempts), folder, span: null };
}

/** The lab, or the tool, did not work. */
export function failedTrial(why: string, folder: string | null = null): Trial {
  return { verdict: 'INFRA', attempts: NO_ATTEMPTS, why, folder, span: null };
}

/** Whether it is no cell's to bear, but ends the matrix: a lab could not be opened or died, or what it saw could not be written. */
export function endsAll(error: unknown): boolean {
  if (error instanceof LabUnopened) return true;
  const { code } = error instanceof ChokepointError ? error : {};
  return code === 'LAB_DIED' || code === 'OUTPUT_FAILED';
}

export interface CellHead {
  readonly scenario: string;
  readonly profile: string;
  readonly strategy: string;
  readonly kind: Cell['kind'];
  readonly target: MatrixTarget;
}

/** The cell that comes of its trials; the first with its verdict stands for them all. */
export function cellOf(
  { target, ...head }: CellHead,
  trials: readonly Trial[],
  tookMs: number,
): Cell {
  const verdicts = trials.map((trial) => trial.verdict);
  const verdict = commonest(verdicts);
  const { attempts, why, folder, span } = trials.find((one) => one.verdict === verdict) as Trial;
  return {
    ...head,
    carrier: target.name,
    by: target.by ?? null,
    verdict,
    verdicts,
    ...attempts,
    why,
    tookMs: Math.round(tookMs),
    folder,
    span,
  };
}

const NO_ATTEMPTS = { plainAllowed: null, plainBlocked: null, allowed: null, blocked: null };
