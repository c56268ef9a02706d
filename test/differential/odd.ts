import type { Random } from '../support/random.ts';

/** What a client says over one connection. */
export interface Odd {
  /** What is unusual about it, for people. */
  readonly about: string;
  /** Written one after the other. */
  readonly pieces: readonly Uint8Array[];
}

/** Mostly in one piece; else cut at some places. */
export function pieces(bytes: Uint8Array, random: Random): Uint8Array[] {
  if (random.chance(0.7) || bytes.length < 2) return [bytes];
  const cuts = Array.from({ length: random.int(1, 4) }, () => random.int(1, bytes.length - 1));
  const ends = [...new Set(cuts)].sort((one, other) => one - other);
  return [...ends, bytes.length].map((end, i) => bytes.slice(ends[i - 1] ?? 0, end));
}
