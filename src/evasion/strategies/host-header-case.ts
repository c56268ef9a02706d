import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const hostHeaderCase: Strategy = {
  id: 'host-header-case',
  number: 'E1',
  class: 'http',
  does: 'The header as hoSt.',
  source: 'GoodbyeDPI -r; zapret hostcase',
  over: ['http'],
  says: editHead((head) => head.replace(/^Host:/im, 'hoSt:')),
  shape: allOf(sends(WHOLE), head('a header hoSt', { host: `hoSt: ${NAME}` })),
};
