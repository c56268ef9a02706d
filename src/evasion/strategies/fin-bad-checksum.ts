import { ACK, FIN } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import type { Strategy } from '../strategy.ts';
import { wrongChecksum } from '../tricks.ts';

export const finBadChecksum: Strategy = {
  id: 'fin-bad-checksum',
  number: 'C2',
  class: 'session',
  does: 'A FIN before the request, with a wrong checksum.',
  source: 'INTANG, TCB teardown with FIN',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:flags:replace:F}(tamper{TCP:chksum:corrupt},),)-| \\/',
  rewriter: insertion(FIN | ACK, wrongChecksum),
};
