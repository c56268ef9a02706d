import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const hostNoSpace: Strategy = {
  id: 'host-no-space',
  number: 'E2',
  class: 'http',
  does: 'No space between the header and the name.',
  source: 'GoodbyeDPI -s; zapret hostnospace',
  over: ['http'],
  says: editHead((head) => head.replace(/^Host: /im, 'Host:')),
  shape: allOf(sends(WHOLE), head('a Host header without a space', { host: `Host:${NAME}` })),
};
