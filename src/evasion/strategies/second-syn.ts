import { SYN } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { seqBy, wrongChecksum } from '../tricks.ts';

export const secondSyn: Strategy = {
  id: 'second-syn',
  number: 'C4',
  class: 'session',
  does: 'A second SYN before the request, with another sequence number and a wrong checksum.',
  source: 'INTANG, multiple SYN (Wang et al., IMC 2017)',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:flags:replace:S}(tamper{TCP:seq:add:1073741824}(tamper{TCP:chksum:corrupt},),),)-| \\/',
  rewriter: insertion(SYN, seqBy(0x4000_0000), wrongChecksum),
  shape: sends(empty({ flags: SYN, seq: 0x4000_0000, checksum: 'wrong' }), WHOLE),
};
