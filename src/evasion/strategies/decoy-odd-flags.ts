import { FIN, PSH, URG } from '../../wire/tcp.ts';
import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { withFlags } from '../tricks.ts';

export const decoyOddFlags: Strategy = {
  id: 'decoy-odd-flags',
  number: 'B8',
  class: 'decoy',
  does: 'The request for another name first, with FIN and URG set and without ACK.',
  source: 'Geneva, TCB desync with invalid flags',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:flags:replace:FPU},),)-| \\/',
  rewriter: decoy(withFlags(FIN | PSH | URG)),
  shape: sends(wholeDecoy({ flags: FIN | PSH | URG }), WHOLE),
};
