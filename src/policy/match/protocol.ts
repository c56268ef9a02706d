import type { Protocol } from '../../wire/protocol.ts';
import type { Matcher } from './matcher.ts';

/** A flow's first payload, by its protocol: one of these, or for an allow-list none of them. */
export function protocol(
  which: { readonly is: readonly Protocol[] } | { readonly not: readonly Protocol[] },
): Matcher {
  return {
    observes: 'protocol',
    matches: (seen) => {
      seen.text = seen.protocol;
      return 'is' in which ? which.is.includes(seen.protocol) : !which.not.includes(seen.protocol);
    },
  };
}
