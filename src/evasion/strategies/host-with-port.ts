import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const hostWithPort: Strategy = {
  id: 'host-with-port',
  number: 'E10',
  class: 'http',
  does: 'The name with the port behind it.',
  source: 'CenFuzz',
  over: ['http'],
  says: editHead((head) => head.replace(/^(Host: *[^\r\n]*)/im, '$1:80')),
  shape: allOf(sends(WHOLE), head('a Host header with port 80', { host: `Host: ${NAME}:80` })),
};
