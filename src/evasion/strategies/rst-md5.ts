import { RST } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { md5Signature } from '../tricks.ts';

export const rstMd5: Strategy = {
  id: 'rst-md5',
  number: 'C1',
  class: 'session',
  does: 'A RST before the request, with an MD5 signature.',
  needs: 'A server that refuses a signature for which it has no key, as Linux does.',
  source: 'INTANG; Geneva, TCB teardown with an invalid MD5 header',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:options-md5header:corrupt}(tamper{TCP:flags:replace:R},))-| \\/',
  rewriter: insertion(RST, md5Signature),
  shape: sends(empty({ flags: RST, md5: true }), WHOLE),
};
