import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const hostTab: Strategy = {
  id: 'host-tab',
  number: 'E2',
  class: 'http',
  does: 'A tab instead of the space before the name.',
  source: 'zapret hosttab',
  over: ['http'],
  says: editHead((head) => head.replace(/^Host: /im, 'Host:\t')),
  shape: allOf(sends(WHOLE), head('a Host header with a tab', { host: `Host:\\t${NAME}` })),
};
