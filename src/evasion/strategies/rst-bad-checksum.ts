import { RST } from '../../wire/tcp.ts';
import { beforeFirstPayload, emptied } from '../moments.ts';
import type { Strategy } from '../strategy.ts';
import { tricked, wrongChecksum } from '../tricks.ts';

export const rstBadChecksum: Strategy = {
  id: 'rst-bad-checksum',
  number: 'C1',
  class: 'session',
  does: 'A RST before the request, with a wrong checksum.',
  source: 'Geneva, TCB teardown; zapret rst',
  geneva:
    '[TCP:flags:A]-duplicate(,tamper{TCP:flags:replace:R}(tamper{TCP:chksum:corrupt},))-| \\/',
  rewriter: beforeFirstPayload((packet, facts) => [
    tricked(emptied(packet, RST), facts, wrongChecksum),
  ]),
};
