import { counted } from '../../base/counted.ts';
import { isFullyEncrypted } from './fully-encrypted.ts';
import type { Matcher } from './matcher.ts';

/** The first payload of a TCP flow that nothing exempts from being taken for fully encrypted. */
export function fullyEncrypted(): Matcher {
  return {
    observes: 'first-payload',
    matches: (seen) => {
      if (!seen.packet.isTcp || !isFullyEncrypted(seen.bytes, seen.at, seen.end)) return false;
      seen.text = counted(seen.end - seen.at, 'byte');
      return true;
    },
  };
}
