import { SYN } from '../../wire/tcp.ts';
import { beforeFirstPayload, emptied } from '../moments.ts';
import type { Strategy } from '../strategy.ts';
import { seqBy, tricked, wrongChecksum } from '../tricks.ts';

export const secondSyn: Strategy = {
  id: 'second-syn',
  number: 'C4',
  class: 'session',
  does: 'A second SYN before the request, with another sequence number and a wrong checksum.',
  source: 'INTANG, multiple SYN (Wang et al., IMC 2017)',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:flags:replace:S}(tamper{TCP:seq:add:1073741824}(tamper{TCP:chksum:corrupt},),),)-| \\/',
  rewriter: beforeFirstPayload((packet, facts) => [
    tricked(emptied(packet, SYN), facts, seqBy(0x4000_0000), wrongChecksum),
  ]),
};
