import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const http10: Strategy = {
  id: 'http-1-0',
  number: 'E7',
  class: 'http',
  does: 'HTTP/1.0 instead of 1.1.',
  source: 'CenFuzz',
  over: ['http'],
  says: editHead((head) => head.replace(' HTTP/1.1', ' HTTP/1.0')),
  shape: allOf(sends(WHOLE), head('a request of HTTP/1.0', { version: 'HTTP/1\\.0' })),
};
