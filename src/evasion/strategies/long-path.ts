import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const longPath: Strategy = {
  id: 'long-path',
  number: 'A8',
  class: 'http',
  does: 'A path of 8,000 bytes before the name.',
  needs: 'A server that takes so long a line.',
  source: 'Iran’s limit of 17 kB (net4people/bbs); nDPI’s of packets',
  over: ['http'],
  says: editHead((head) => head.replace(/^GET ([^ ]*)/, `GET $1?${'x'.repeat(8000)}`)),
  shape: allOf(sends(WHOLE), head('a path of 8,000 bytes', { target: '/\\S{8000,}' })),
};
