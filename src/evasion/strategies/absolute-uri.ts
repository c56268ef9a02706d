import { editHead } from '../http-head.ts';
import { decoyNameFor } from '../request.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const absoluteUri: Strategy = {
  id: 'absolute-uri',
  number: 'E10',
  class: 'http',
  does: 'Another name in an absolute URI, the one that is asked for in the Host header.',
  source: 'CenFuzz; RFC 9112 §3.2.2, by which the URI’s counts',
  over: ['http'],
  says: editHead((head, name) => head.replace(/^GET /, () => `GET http://${decoyNameFor(name)}`)),
  shape: allOf(
    sends(WHOLE),
    head('another name in an absolute URI', { target: 'http://(?<decoy>[^/\\s]+)/\\S*' }),
  ),
};
