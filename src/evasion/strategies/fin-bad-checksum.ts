import { ACK, FIN } from '../../wire/tcp.ts';
import { beforeFirstPayload, emptied } from '../moments.ts';
import type { Strategy } from '../strategy.ts';
import { tricked, wrongChecksum } from '../tricks.ts';

export const finBadChecksum: Strategy = {
  id: 'fin-bad-checksum',
  number: 'C2',
  class: 'session',
  does: 'A FIN before the request, with a wrong checksum.',
  source: 'INTANG, TCB teardown with FIN',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:flags:replace:F}(tamper{TCP:chksum:corrupt},),)-| \\/',
  rewriter: beforeFirstPayload((packet, facts) => [
    tricked(emptied(packet, FIN | ACK), facts, wrongChecksum),
  ]),
};
