import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { wrongChecksum } from '../tricks.ts';

export const decoyBadChecksum: Strategy = {
  id: 'decoy-bad-checksum',
  number: 'B1',
  class: 'decoy',
  does: 'The request for another name first, with a wrong checksum of TCP.',
  needs: 'No router on the way that mends or drops it.',
  source: 'zapret badsum; GoodbyeDPI --wrong-chksum; Geneva, TCB desync',
  geneva: '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:chksum:corrupt},),)-| \\/',
  rewriter: decoy(wrongChecksum),
  shape: sends(wholeDecoy({ checksum: 'wrong' }), WHOLE),
};
