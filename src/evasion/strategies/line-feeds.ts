import { editHead } from '../http-head.ts';
import { allOf } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const lineFeeds: Strategy = {
  id: 'line-feeds',
  number: 'E6',
  class: 'http',
  does: 'Lines that end with a line feed alone.',
  needs: 'A server that takes them, as RFC 9112 §2.2 allows.',
  source: 'zapret unixeol; RFC 9112 §2.2',
  over: ['http'],
  says: editHead((head) => head.replaceAll('\r\n', '\n')),
  shape: allOf(sends(WHOLE), head('lines that end with line feeds alone', { eol: '\\n' })),
};
