import { RST } from '../../wire/tcp.ts';
import { decoyPacket } from '../decoy.ts';
import { beforeFirstPayload, emptied } from '../moments.ts';
import { empty, sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { seqBy, tricked, wrongChecksum } from '../tricks.ts';

export const resyncDesync: Strategy = {
  id: 'resync-desync',
  number: 'C5',
  class: 'session',
  does: 'A RST, then a decoy far outside the window, both with a wrong checksum: a box that is lost takes the decoy for where the client is.',
  source:
    'INTANG, resync and desync (Wang et al., IMC 2017); Geneva against its mock censors 9 to 11',
  rewriter: beforeFirstPayload((packet, facts) => [
    tricked(emptied(packet, RST), facts, wrongChecksum),
    decoyPacket(packet, facts, seqBy(0x2000_0000), wrongChecksum),
  ]),
  shape: sends(
    empty({ flags: RST, checksum: 'wrong' }),
    wholeDecoy({ seq: 0x2000_0000, checksum: 'wrong' }),
    WHOLE,
  ),
};
