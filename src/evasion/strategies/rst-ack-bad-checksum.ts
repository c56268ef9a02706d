import { ACK, RST } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { wrongChecksum } from '../tricks.ts';

export const rstAckBadChecksum: Strategy = {
  id: 'rst-ack-bad-checksum',
  number: 'C1',
  class: 'session',
  does: 'A RST with ACK before the request, with a wrong checksum.',
  source: 'Geneva, TCB teardown with RST/ACK; zapret rstack',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:RA}(tamper{TCP:chksum:corrupt},))-| \\/',
  rewriter: insertion(RST | ACK, wrongChecksum),
  shape: sends(empty({ flags: RST | ACK, checksum: 'wrong' }), WHOLE),
};
