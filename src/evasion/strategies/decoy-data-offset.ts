import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { claimedDataOffset, wrongChecksum } from '../tricks.ts';

export const decoyDataOffset: Strategy = {
  id: 'decoy-data-offset',
  number: 'B9',
  class: 'decoy',
  does: 'The request for another name first, with a header that claims to be 40 bytes long, and a wrong checksum.',
  source: 'Geneva, TCB desync with a high data offset (Bock et al., CCS 2019, species 1)',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:chksum:corrupt},),)-| \\/',
  rewriter: decoy(claimedDataOffset(10), wrongChecksum),
  shape: sends(wholeDecoy({ checksum: 'wrong', dataOffset: 10 }), WHOLE),
};
