import { allOf } from '../shape.ts';
import { toPort } from '../shapes/handshake.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const dnsOverTcp: Strategy = {
  id: 'dns-over-tcp',
  number: 'F6',
  class: 'ip-and-dns',
  does: 'The same resolver is asked over TCP.',
  source: 'RFC 7766',
  over: ['dns'],
  asks: { by: 'tcp' },
  shape: allOf(toPort({ dns: 53 }), sends(WHOLE)),
};
