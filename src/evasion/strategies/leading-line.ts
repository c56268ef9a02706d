import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const leadingLine: Strategy = {
  id: 'leading-line',
  number: 'E5',
  class: 'http',
  does: 'An empty line before the request.',
  source: 'zapret methodeol; RFC 9112 §2.2 asks servers to skip it',
  over: ['http'],
  says: editHead((head) => `\r\n${head}`),
  shape: allOf(sends(WHOLE), head('an empty line before the request', { start: '\\r\\n' })),
};
