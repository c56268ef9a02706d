import { ACK, FIN } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { wrongChecksum } from '../tricks.ts';

export const finBadChecksum: Strategy = {
  id: 'fin-bad-checksum',
  number: 'C2',
  class: 'session',
  does: 'A FIN before the request, with a wrong checksum.',
  source: 'INTANG, TCB teardown with FIN',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:FA}(tamper{TCP:chksum:corrupt},))-| \\/',
  rewriter: insertion(FIN | ACK, wrongChecksum),
  shape: sends(empty({ flags: FIN | ACK, checksum: 'wrong' }), WHOLE),
};
