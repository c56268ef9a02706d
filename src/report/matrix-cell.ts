import { counted } from '../base/counted.ts';
import type { Attempt, Verdict } from '../evasion/verdict.ts';

/** A strategy, or a tool, against a censor: as much of a cell of the matrix as its reports show. */
export interface MatrixCell {
  readonly scenario: string;
  readonly profile: string;
  /** An id of the catalogue, a Geneva string, or a tool's id. */
  readonly strategy: string;
  readonly kind: CellKind;
  /** What the request is made over and what is blocked in it: `https`, `http`, `dns`, `url`, `address`. */
  readonly carrier: string;
  readonly verdict: Verdict;
  /** Of each time that it was tried, in order. */
  readonly verdicts: readonly Verdict[];
  /** With the strategy: how the blocked name fared, and the allowed one. */
  readonly blocked: CellAttempt | null;
  readonly allowed: CellAttempt | null;
  /** What is behind the verdict, where that is known; a tool's log has many lines. */
  readonly why: string | null;
  /** Wall time, in ms. */
  readonly tookMs: number;
}

/** A cell as it is told to people: what is behind its verdict line by line. */
export interface ToldCell extends Omit<MatrixCell, 'why'> {
  readonly why: readonly string[];
}

export function told<Cell extends MatrixCell>(cell: Cell): Omit<Cell, 'why'> & ToldCell {
  return { ...cell, why: cell.why?.trim().split(/\r?\n/) ?? [] };
}

export type CellKind = 'strategy' | 'tool';
export type CellAttempt = Pick<Attempt, 'hasSucceeded' | 'failure'>;

/** The commonest of its verdicts; of two as common, its verdict before others. */
export function commonestOf(cell: MatrixCell): { verdict: Verdict; count: number; of: number } {
  const { verdicts } = cell;
  const counts = [...new Set([cell.verdict, ...verdicts])].map((verdict) => ({
    verdict,
    count: verdicts.filter((one) => one === verdict).length,
    of: verdicts.length,
  }));
  return counts.reduce((most, one) => (one.count > most.count ? one : most));
}

/** `28 cells: 10 EVADED, 18 CENSORED` */
export function formatVerdictCounts(cells: readonly Pick<MatrixCell, 'verdict'>[]): string {
  const counts = countsText(cells.map(({ verdict }) => verdict));
  return `${counted(cells.length, 'cell')}: ${counts}`;
}

/** `2 EVADED, 1 CENSORED` */
export function countsText(verdicts: readonly Verdict[]): string {
  return VERDICTS.flatMap((verdict) => {
    const count = verdicts.filter((one) => one === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  }).join(', ');
}

/** How a name fared: `works`, or the failure. */
export function formatAttempt({ hasSucceeded, failure }: CellAttempt): string {
  return hasSucceeded ? 'works' : (failure ?? 'something else came than its page');
}

/** Whether its verdict leaves one asking why: it says nothing of the strategy, or it is a tool's that does not work. */
export function needsReason({ verdict, kind }: Pick<MatrixCell, 'verdict' | 'kind'>): boolean {
  return UNCLEAR.includes(verdict) || (kind === 'tool' && verdict === 'BROKEN');
}

/** Its first line; an ellipsis stands for others. */
export function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split(/\r?\n/);
  return rest.length === 0 ? first : `${first} …`;
}

/** What each says, in the order in which they are counted. */
export const MEANINGS: Readonly<Record<Verdict, string>> = {
  EVADED: 'the blocked name gets through, and so does an allowed one',
  CENSORED: 'the censor stops the blocked name, or a tool as a whole',
  LEAK: 'the server took a decoy for what its client said',
  BROKEN: 'an allowed name does not get through: of a tool, not even where nobody censors',
  'NOT-APPLIED': 'nothing of it was on the wire',
  MODEL: 'says nothing of the strategy: without one, nothing is blocked',
  INFRA: 'says nothing of the strategy: the lab, or the tool, does not work',
};
export const VERDICTS = Object.keys(MEANINGS) as readonly Verdict[];
const UNCLEAR: readonly Verdict[] = ['INFRA', 'MODEL', 'NOT-APPLIED'];
/** Which of a cell's verdicts its own is. */
export const COUNTED =
  'where repetitions differ, the commonest is counted, of two as common the less favourable';
