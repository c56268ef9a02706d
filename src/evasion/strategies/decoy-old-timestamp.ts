import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { timestampBy } from '../tricks.ts';

export const decoyOldTimestamp: Strategy = {
  id: 'decoy-old-timestamp',
  number: 'B6',
  class: 'decoy',
  does: 'The request for another name first, with a timestamp of ten minutes ago.',
  needs: 'Timestamps in both SYNs, as Linux has them.',
  source: 'zapret ts; SymTCP (Wang et al., NDSS 2020)',
  rewriter: decoy(timestampBy(-600_000)),
  shape: sends(wholeDecoy({ timestamp: -600_000 }), WHOLE),
};
