import { beforeFirstPayload } from '../moments.ts';
import { concat, copyPacket, type Packet } from '../packet.ts';
import { decoyOf } from '../request.ts';
import type { Strategy } from '../strategy.ts';

export const decoyTwiceHopByHop: Strategy = {
  id: 'decoy-twice-hop-by-hop',
  number: 'B10',
  class: 'decoy',
  does: 'The request for another name first, behind two hop-by-hop headers, of which there may be one.',
  ip: 6,
  source: 'zapret hopbyhop2; RFC 8200 §4.1',
  rewriter: beforeFirstPayload((packet, { name }) => {
    const copy = copyPacket(packet);
    copy.payload = decoyOf(packet.payload, name);
    return copy.ip.version === 6 ? [withTwoHeaders(copy)] : [];
  }),
};

function withTwoHeaders(packet: Packet): Packet {
  const bytes = concat(hopByHop(HOP_BY_HOP), hopByHop(packet.ip.protocol));
  packet.ip.extensions = { type: HOP_BY_HOP, bytes };
  return packet;
}

/** Of eight bytes, which are padding (RFC 8200 §4.2). */
function hopByHop(next: number): Uint8Array {
  return Uint8Array.of(next, 0, 1, 4, 0, 0, 0, 0);
}

const HOP_BY_HOP = 0;
