import { RST } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { dyingTtl } from '../tricks.ts';

export const rstLowTtl: Strategy = {
  id: 'rst-low-ttl',
  number: 'C1',
  class: 'session',
  does: 'A RST before the request, with a TTL that ends between the box and the server.',
  needs: 'A router between the box and the server.',
  source: 'Geneva, TCB teardown with a small TTL; zapret rst with ttl',
  geneva: '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{IP:ttl:replace:3},))-| \\/',
  rewriter: insertion(RST, dyingTtl),
  shape: sends(empty({ flags: RST, ttl: 'dying' }), WHOLE),
};
