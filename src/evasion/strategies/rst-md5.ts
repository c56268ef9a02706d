import { RST } from '../../wire/tcp.ts';
import { beforeFirstPayload, emptied } from '../moments.ts';
import type { Strategy } from '../strategy.ts';
import { md5Signature, tricked } from '../tricks.ts';

export const rstMd5: Strategy = {
  id: 'rst-md5',
  number: 'C1',
  class: 'session',
  does: 'A RST before the request, with an MD5 signature.',
  needs: 'A server that refuses a signature for which it has no key, as Linux does.',
  source: 'INTANG; Geneva, TCB teardown with an invalid MD5 header',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:options-md5header:corrupt}(tamper{TCP:flags:replace:R},))-| \\/',
  rewriter: beforeFirstPayload((packet, facts) => [
    tricked(emptied(packet, RST), facts, md5Signature),
  ]),
};
