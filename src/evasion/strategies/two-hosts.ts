import { editHead } from '../http-head.ts';
import { decoyNameFor } from '../request.ts';
import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const twoHosts: Strategy = {
  id: 'two-hosts',
  number: 'E10',
  class: 'http',
  does: 'Another name in a Host header before the one that is asked for.',
  needs: 'A server that takes the last of two, against RFC 9112 §3.2.',
  source: 'CenFuzz; smuggling (Jabiyev et al.)',
  over: ['http'],
  says: editHead((head, name) =>
    head.replace(/^Host:/im, () => `Host: ${decoyNameFor(name)}\r\nHost:`),
  ),
  shape: allOf(
    sends(WHOLE),
    head('another name in a Host header before the other', {
      host: `Host: (?<decoy>${NAME})\\r\\nHost: ${NAME}`,
    }),
  ),
};
