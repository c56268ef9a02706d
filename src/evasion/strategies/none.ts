import { allOf, over } from '../shape.ts';
import { plainSyn } from '../shapes/handshake.ts';
import { head } from '../shapes/head.ts';
import { plainHello } from '../shapes/hello.ts';
import { question } from '../shapes/question.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const none: Strategy = {
  id: 'none',
  number: '-',
  class: 'segmentation',
  does: 'Nothing: the request goes as the program says it.',
  source: 'the control of every comparison',
  over: ['https', 'http', 'dns'],
  shape: allOf(
    plainSyn,
    over({
      https: allOf(sends(WHOLE), plainHello),
      http: allOf(sends(WHOLE), head('a plain head', {})),
      dns: question(0),
    }),
  ),
};
