import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { seqBy } from '../tricks.ts';

export const decoyOldSeq: Strategy = {
  id: 'decoy-old-seq',
  number: 'B3',
  class: 'decoy',
  does: 'The request for another name first, 10,000 bytes before what the server expects.',
  source: 'zapret badseq; GoodbyeDPI --wrong-seq',
  geneva: '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:seq:add:-10000},),)-| \\/',
  rewriter: decoy(seqBy(-10_000)),
  shape: sends(wholeDecoy({ seq: -10_000 }), WHOLE),
};
