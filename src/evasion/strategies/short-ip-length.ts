import { beforeFirstPayload } from '../moments.ts';
import { copyPacket } from '../packet.ts';
import { beginning, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const shortIpLength: Strategy = {
  id: 'short-ip-length',
  number: 'F3',
  class: 'ip-and-dns',
  does: 'The request first with an IP header that says it ends after 64 bytes; then whole.',
  source: 'Geneva, small IP length (India, Kazakhstan; Bock et al., CCS 2019)',
  geneva: '[TCP:flags:PA]-duplicate(tamper{IP:len:replace:64},)-| \\/',
  rewriter: beforeFirstPayload((packet) => {
    const copy = copyPacket(packet);
    copy.ip.totalLength = 64;
    return [copy];
  }),
  shape: sends(beginning({ ipLength: 64 }), WHOLE),
};
