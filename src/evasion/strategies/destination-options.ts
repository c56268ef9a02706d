import { onFirstPayload } from '../moments.ts';
import { copyPacket } from '../packet.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const destinationOptions: Strategy = {
  id: 'destination-options',
  number: 'F4',
  class: 'ip-and-dns',
  does: 'An IPv6 header of destination options, which are padding, before TCP.',
  ip: 6,
  source: 'zapret destopt; RFC 8200 §4.6',
  rewriter: onFirstPayload((packet) => {
    if (packet.ip.version !== 6) return [packet];
    const copy = copyPacket(packet);
    const bytes = Uint8Array.of(copy.ip.protocol, 0, 1, 4, 0, 0, 0, 0);
    copy.ip.extensions = { type: DESTINATION_OPTIONS, bytes };
    return [copy];
  }),
  shape: sends(bytes(0, 'end', { extensions: '60' })),
};

const DESTINATION_OPTIONS = 60;
