import { beforeFirstPayload, emptied } from './moments.ts';
import type { Rewriter } from './rewriter.ts';
import type { Facts } from './strategy.ts';
import { type Trick, tricked } from './tricks.ts';

/** A packet without payload, with these flags, goes before the request; the server should refuse it. */
export function insertion(flags: number, ...tricks: readonly Trick[]): (facts: Facts) => Rewriter {
  return beforeFirstPayload((packet, facts) => [tricked(emptied(packet, flags), facts, ...tricks)]);
}
