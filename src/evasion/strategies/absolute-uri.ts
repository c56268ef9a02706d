import { editHead } from '../http-head.ts';
import { decoyNameFor } from '../request.ts';
import type { Strategy } from '../strategy.ts';

export const absoluteUri: Strategy = {
  id: 'absolute-uri',
  number: 'E10',
  class: 'http',
  does: 'Another name in an absolute URI, the one that is asked for in the Host header.',
  source: 'CenFuzz; RFC 9112 §3.2.2, by which the URI’s counts',
  over: ['http'],
  says: editHead((head, name) => head.replace(/^GET /, `GET http://${decoyNameFor(name)}`)),
};
