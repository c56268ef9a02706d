import { beforeFirstPayload } from '../moments.ts';
import { copyPacket } from '../packet.ts';
import { decoyOf } from '../request.ts';
import type { Strategy } from '../strategy.ts';
import { tricked, wrongChecksum } from '../tricks.ts';

export const decoyDataOffset: Strategy = {
  id: 'decoy-data-offset',
  number: 'B9',
  class: 'decoy',
  does: 'The request for another name first, with a header that claims to be 40 bytes long, and a wrong checksum.',
  source: 'Geneva, TCB desync with a high data offset (Bock et al., CCS 2019, species 1)',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:dataofs:replace:10}(tamper{TCP:chksum:corrupt},),)-| \\/',
  rewriter: beforeFirstPayload((packet, facts) => {
    const copy = copyPacket(packet);
    copy.payload = decoyOf(packet.payload, facts.name);
    if (copy.tcp !== undefined) copy.tcp.dataOffset = 10;
    return [tricked(copy, facts, wrongChecksum)];
  }),
};
