import { onFirstPayload } from '../moments.ts';
import { cut } from '../segments.ts';
import { allOf } from '../shape.ts';
import { toPort } from '../shapes/handshake.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const dnsOverTcpCut: Strategy = {
  id: 'dns-over-tcp-cut',
  number: 'F6',
  class: 'ip-and-dns',
  does: 'The same resolver is asked over TCP, in two segments that are cut in the middle of the question.',
  source: 'Geneva, DNS over TCP',
  over: ['dns'],
  asks: { by: 'tcp' },
  rewriter: onFirstPayload((packet) => cut(packet, Math.floor(packet.payload.length / 2))),
  shape: allOf(toPort({ dns: 53 }), sends(bytes(0, 'middle'), bytes('middle', 'end'))),
};
