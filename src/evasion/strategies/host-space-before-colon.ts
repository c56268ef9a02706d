import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const hostSpaceBeforeColon: Strategy = {
  id: 'host-space-before-colon',
  number: 'E2',
  class: 'http',
  does: 'A space between the header and its colon.',
  needs: 'A server that reads it, against RFC 9112 §5.1.',
  source: 'CenFuzz',
  over: ['http'],
  says: editHead((head) => head.replace(/^Host:/im, 'Host :')),
  shape: allOf(
    sends(WHOLE),
    head('a Host header with a space before its colon', { host: `Host : ${NAME}` }),
  ),
};
