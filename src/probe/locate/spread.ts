/** What several tries of one measurement gave: the middle, and half the distance between the quartiles. */
export interface Spread {
  readonly median: number;
  readonly spread: number;
  readonly tries: number;
}

/** Of numbers in any order; undefined if there are none. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    spread: (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2,
    tries: values.length,
  };
}

/** Of the fastest tries of several. */
export interface Fastest extends Spread {
  /** All that there were. */
  readonly of: number;
}

/** A busy machine delays packets, and nothing hastens them: so the fastest count, as many as were asked for. */
export function fastest(values: readonly number[], count: number): Fastest | undefined {
  const kept = [...values].sort((a, b) => a - b).slice(0, count);
  const spread = spreadOf(kept);
  return spread && { ...spread, of: values.length };
}

/** Whether the tries that count agree. */
export function isSettled(times: Fastest | undefined): boolean {
  return times !== undefined && times.spread <= Math.max(FINEST, PRECISION * times.median);
}

/** Between the two neighbours, where the share falls between them. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/** In ms; and a share. */
const FINEST = 0.1;
const PRECISION = 0.01;
