import type { Millis } from '../base/units.ts';
import {
  KNOBS,
  type Knob,
  type KnobPath,
  type KnobValue,
  knobOf,
  withKnob,
} from '../policy/knobs.ts';
import type { Model } from '../policy/model.ts';

/** A knob, and another value than the model's. */
export interface Turn {
  readonly knob: KnobPath;
  readonly to: KnobValue<KnobPath>;
}

/** What was turned in search of another outcome. */
export interface Search {
  readonly singles: number;
  readonly pairs: number;
  readonly triples: number;
  /** Whether time ran out before every set of the last size was tried. */
  readonly isCut: boolean;
}

export interface SearchLimits {
  /** For how long sets of several are tried. */
  readonly patience: Millis;
  /** Of how many turns sets are; by default up to 3. */
  readonly largest?: number;
}

/** Whether a changed model has another outcome; undefined if there can be no such box. */
export type Differs = (changed: Model) => boolean | undefined;

/**
 * The smallest sets of turns that change the outcome: every one that does alone, or else pairs, or else triples, a few of them.
 * A set that was looked for in vain may exist with more knobs, or where time ran out.
 */
export function searchSets(
  model: Model,
  differs: Differs,
  { patience, largest = 3 }: SearchLimits,
): { readonly sets: readonly (readonly Turn[])[]; readonly tried: Search } {
  const turns = turnsOf(model);
  const found: Turn[][] = [];
  const tried = [0, 0, 0];
  const deadline = performance.now() + patience;
  let isCut = false;
  /** Sets of `size` turns of different knobs, the first of them from `from` on; false once enough is enough. */
  const trySets = (base: Model, set: readonly Turn[], from: number, size: number): boolean => {
    for (let i = from; i < turns.length; i++) {
      const turn = turns[i] as Turn;
      if (set.some(({ knob }) => knob === turn.knob)) continue;
      const changed = withKnob(base, turn.knob, turn.to);
      const next = [...set, turn];
      if (next.length < size) {
        if (!trySets(changed, next, i + 1, size)) return false;
        continue;
      }
      if (size > 1 && performance.now() > deadline) {
        isCut = true;
        return false;
      }
      const answer = differs(changed);
      if (answer !== undefined) tried[size - 1] = (tried[size - 1] ?? 0) + 1;
      if (answer) found.push(next);
      if (size > 1 && found.length >= MOST_SETS) return false;
    }
    return true;
  };
  for (let size = 1; size <= largest && found.length === 0 && !isCut; size++)
    trySets(model, [], 0, size);
  const [singles = 0, pairs = 0, triples = 0] = tried;
  return { sets: found, tried: { singles, pairs, triples, isCut } };
}

/** Knobs that say how a box reads come first: they tell more than where it looks and how much it holds. */
function turnsOf(model: Model): Turn[] {
  const isLast = ({ path }: Knob): number => (SCOPE.includes(path) ? 1 : 0);
  return [...KNOBS]
    .sort((a, b) => isLast(a) - isLast(b))
    .flatMap(({ path, values }) => {
      const from = JSON.stringify(knobOf(model, path));
      const others = values.filter((value) => JSON.stringify(value) !== from);
      return others.map((to): Turn => ({ knob: path, to }));
    });
}

const MOST_SETS = 5;
/** Where a box looks, and how much it holds. */
const SCOPE: readonly KnobPath[] = [
  'position',
  'ports',
  'direction',
  'tcb.idleTimeout',
  'tcb.halfOpenTimeout',
  'tcb.capacity',
  'tcb.eviction',
  'stream.limit.bytes',
  'stream.limit.packets',
  'stream.limit.time',
  'stream.limit.onLimit',
  'http.methods',
  'dns.udp',
  'dns.tcp',
  'dns.ports',
  'failMode',
];
