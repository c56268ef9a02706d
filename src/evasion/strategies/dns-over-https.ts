import { allOf } from '../shape.ts';
import { toPort } from '../shapes/handshake.ts';
import { helloToAnother } from '../shapes/hello.ts';
import type { Strategy } from '../strategy.ts';

export const dnsOverHttps: Strategy = {
  id: 'dns-over-https',
  number: 'F6',
  class: 'ip-and-dns',
  does: 'A resolver beyond the box is asked over HTTPS.',
  needs: 'A resolver abroad whose own name nobody blocks.',
  source: 'RFC 8484',
  over: ['dns'],
  asks: { whom: 'elsewhere', by: 'https' },
  shape: allOf(toPort({ dns: 443 }), helloToAnother),
};
