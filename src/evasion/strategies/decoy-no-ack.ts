import { PSH } from '../../wire/tcp.ts';
import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { withFlags } from '../tricks.ts';

export const decoyNoAck: Strategy = {
  id: 'decoy-no-ack',
  number: 'B7',
  class: 'decoy',
  does: 'The request for another name first, without the ACK flag.',
  source: 'zapret datanoack; SymTCP',
  geneva: '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:flags:replace:P},),)-| \\/',
  rewriter: decoy(withFlags(PSH)),
  shape: sends(wholeDecoy({ flags: PSH }), WHOLE),
};
