import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const paddedHead: Strategy = {
  id: 'padded-head',
  number: 'E9',
  class: 'http',
  does: 'Headers of 12,000 bytes before the name.',
  needs: 'A server that takes so long a head.',
  source: 'zapret hostpad; Ververis et al. and GoodbyeDPI on the first kilobytes',
  over: ['http'],
  says: editHead((head) => head.replace(/^Host:/im, `${PADDING}Host:`)),
  shape: allOf(
    sends(WHOLE),
    head('headers of 12,000 bytes before the name', { before: '(?:[\\w-]+: \\S{3900,}\\r\\n){3}' }),
  ),
};

const PADDING = `${'X-Padding: '.padEnd(4000, 'x')}\r\n`.repeat(3);
