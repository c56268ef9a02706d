import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const otherMethod: Strategy = {
  id: 'other-method',
  number: 'E7',
  class: 'http',
  does: 'POST without a body instead of GET.',
  source: 'CenFuzz',
  over: ['http'],
  says: editHead((head) => head.replace(/^GET (.*)\r\n/, 'POST $1\r\nContent-Length: 0\r\n')),
  shape: allOf(
    sends(WHOLE),
    head('a POST without a body', { method: 'POST', before: 'Content-Length: 0\\r\\n' }),
  ),
};
