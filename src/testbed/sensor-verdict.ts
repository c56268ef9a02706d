import type { Millis } from '../base/units.ts';
import type { MinuteOfNetwork } from '../origin/sensor.ts';
import type { SensorExpectation } from '../scenario/sensor-schema.ts';

/** Sums over networks and minutes; shares are in per cent, NaN of nothing. */
export interface SensorFigures {
  readonly share: number;
  readonly short: number;
  readonly resets: number;
}

/** One expectation of a sensor, and what was counted. */
export interface SensorVerdict {
  readonly expectation: SensorExpectation;
  /** The networks that it is about. */
  readonly networks: readonly string[];
  readonly observed: SensorFigures;
  readonly outcome: 'passed' | 'failed';
  /** What was not as expected, a phrase each. */
  readonly mismatches: readonly string[];
}

/** Compares what is expected of some networks' sessions with the minutes before or after the rules came into force. */
export function judge(
  expectation: SensorExpectation,
  networks: readonly string[],
  { minutes, onset }: { readonly minutes: readonly MinuteOfNetwork[]; readonly onset: Millis },
): SensorVerdict {
  const { when } = expectation;
  const all = minutes.filter(({ minute }) => {
    const began = Date.parse(minute);
    return when === 'after' ? began >= onset : began + MINUTE <= onset;
  });
  const own = all.filter(({ network }) => networks.includes(network));
  const sessions = sum(own, 'sessions');
  const observed = {
    share: percent(sum(own, 'answered'), sum(all, 'answered')),
    short: percent(sum(own, 'short'), sessions),
    resets: percent(sum(own, 'resets'), sessions),
  };
  const mismatches = (['share', 'short', 'resets'] as const).flatMap((figure) => {
    const [least, most] = expectation[figure] ?? [0, 100];
    const seen = observed[figure];
    if (expectation[figure] === undefined || (seen >= least && seen <= most)) return [];
    const found = Number.isNaN(seen) ? 'no sessions' : `${seen.toFixed(1)} %`;
    return [`${figure}: expected ${least} to ${most} %, observed ${found}`];
  });
  const outcome = mismatches.length === 0 ? 'passed' : 'failed';
  return { expectation, networks, observed, outcome, mismatches };
}

/** How many visits were due, and how many of them were left out or came a minute late and more. */
export interface Punctuality {
  readonly due: number;
  readonly late: number;
}

/** The same verdict; if it failed, and the machine was too slow to judge by, that is said too. */
export function withMachine(verdict: SensorVerdict, { due, late }: Punctuality): SensorVerdict {
  if (verdict.outcome === 'passed' || late * MOST_LATE < due) return verdict;
  const why = `${late} of ${due} visits did not come in their minute: this machine is too slow for it; raise \`minute_ms\``;
  return { ...verdict, mismatches: [...verdict.mismatches, why] };
}

function sum(
  minutes: readonly MinuteOfNetwork[],
  figure: 'sessions' | 'answered' | 'short' | 'resets',
): number {
  return minutes.reduce((total, minute) => total + minute[figure], 0);
}

function percent(part: number, whole: number): number {
  return (100 * part) / whole;
}

const MINUTE: Millis = 60_000;
/** One in so many may be late. */
const MOST_LATE = 10;
