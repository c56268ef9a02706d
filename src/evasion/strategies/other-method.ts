import { editHead } from '../http-head.ts';
import type { Strategy } from '../strategy.ts';

export const otherMethod: Strategy = {
  id: 'other-method',
  number: 'E7',
  class: 'http',
  does: 'POST without a body instead of GET.',
  source: 'CenFuzz',
  over: ['http'],
  says: editHead((head) => head.replace(/^GET (.*)\r\n/, 'POST $1\r\nContent-Length: 0\r\n')),
};
