import { decoy } from '../decoy.ts';
import { sends, WHOLE, wholeDecoy } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { md5Signature } from '../tricks.ts';

export const decoyMd5: Strategy = {
  id: 'decoy-md5',
  number: 'B5',
  class: 'decoy',
  does: 'The request for another name first, with an MD5 signature.',
  needs: 'A server that refuses a signature for which it has no key, as Linux does.',
  source: 'zapret md5sig; INTANG (Wang et al., IMC 2017); Geneva',
  geneva:
    '[TCP:flags:PA]-duplicate(tamper{TCP:load:corrupt}(tamper{TCP:options-md5header:corrupt},),)-| \\/',
  rewriter: decoy(md5Signature),
  shape: sends(wholeDecoy({ md5: true }), WHOLE),
};
