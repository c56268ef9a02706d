import { ACK, FIN, PSH, RST, URG } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { wrongChecksum } from '../tricks.ts';

export const oddFlagsBadChecksum: Strategy = {
  id: 'odd-flags-bad-checksum',
  number: 'C3',
  class: 'session',
  does: 'A packet with nearly all flags set before the request, with a wrong checksum.',
  source: 'Geneva, TCB teardown with invalid flags (FRAPUEN)',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:FRAPUEN}(tamper{TCP:chksum:corrupt},))-| \\/',
  rewriter: insertion(FIN | RST | ACK | PSH | URG, wrongChecksum),
  shape: sends(empty({ flags: FIN | RST | ACK | PSH | URG, checksum: 'wrong' }), WHOLE),
};
