import { RST } from '../../wire/tcp.ts';
import { insertion } from '../insertion.ts';
import { empty, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { wrongChecksum } from '../tricks.ts';

export const rstBadChecksum: Strategy = {
  id: 'rst-bad-checksum',
  number: 'C1',
  class: 'session',
  does: 'A RST before the request, with a wrong checksum.',
  source: 'Geneva, TCB teardown; zapret rst',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},))-| \\/',
  rewriter: insertion(RST, wrongChecksum),
  shape: sends(empty({ flags: RST, checksum: 'wrong' }), WHOLE),
};
