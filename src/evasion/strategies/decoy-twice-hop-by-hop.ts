import { decoyPacket } from '../decoy.ts';
import { beforeFirstPayload } from '../moments.ts';
import { concat } from '../packet.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import type { Trick } from '../tricks.ts';

export const decoyTwiceHopByHop: Strategy = {
  id: 'decoy-twice-hop-by-hop',
  number: 'B10',
  class: 'decoy',
  does: 'The request for another name first, behind two hop-by-hop headers, of which there may be one.',
  ip: 6,
  source: 'zapret hopbyhop2; RFC 8200 §4.1',
  rewriter: beforeFirstPayload((packet, facts) =>
    packet.ip.version === 6 ? [decoyPacket(packet, facts, twoHeaders)] : [],
  ),
  shape: sends(wholeDecoy({ extensions: '0,0' }), WHOLE),
};

const twoHeaders: Trick = ({ ip }) => {
  const bytes = concat(hopByHop(HOP_BY_HOP), hopByHop(ip.protocol));
  ip.extensions = { type: HOP_BY_HOP, bytes };
};

/** Of eight bytes, which are padding (RFC 8200 §4.2). */
function hopByHop(next: number): Uint8Array {
  return Uint8Array.of(next, 0, 1, 4, 0, 0, 0, 0);
}

const HOP_BY_HOP = 0;
