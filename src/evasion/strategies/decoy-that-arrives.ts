import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const decoyThatArrives: Strategy = {
  id: 'decoy-that-arrives',
  number: 'B2',
  class: 'decoy',
  does: 'The request for another name first, with nothing wrong about it: what a decoy is that was tuned for another path.',
  source: 'zapret ttl with too high a number',
  rewriter: decoy(),
  shape: sends(wholeDecoy({}), WHOLE),
};
