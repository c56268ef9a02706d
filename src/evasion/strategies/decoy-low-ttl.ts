import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { dyingTtl } from '../tricks.ts';

export const decoyLowTtl: Strategy = {
  id: 'decoy-low-ttl',
  number: 'B2',
  class: 'decoy',
  does: 'The request for another name first, with a TTL that ends between the box and the server.',
  needs: 'A router between the box and the server.',
  source: 'zapret ttl and autottl; GoodbyeDPI --set-ttl; byedpi --ttl; Geneva, TCB desync',
  geneva: '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{IP:ttl:replace:3},),)-| \\/',
  rewriter: decoy(dyingTtl),
  shape: sends(wholeDecoy({ ttl: 'dying' }), WHOLE),
};
