import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { ackBy } from '../tricks.ts';

export const decoyOldAck: Strategy = {
  id: 'decoy-old-ack',
  number: 'B4',
  class: 'decoy',
  does: 'The request for another name first, acknowledging 66,000 bytes too few.',
  source: 'zapret badseq; Geneva, TCB desync with a corrupt ack',
  geneva: '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:ack:corrupt},),)-| \\/',
  rewriter: decoy(ackBy(-66_000)),
  shape: sends(wholeDecoy({ ack: -66_000 }), WHOLE),
};
