import { editHead } from '../http-head.ts';
import type { Strategy } from '../strategy.ts';

export const hostWithPort: Strategy = {
  id: 'host-with-port',
  number: 'E10',
  class: 'http',
  does: 'The name with the port behind it.',
  source: 'CenFuzz',
  over: ['http'],
  says: editHead((head) => head.replace(/^(Host: *[^\r\n]*)/im, '$1:80')),
};
