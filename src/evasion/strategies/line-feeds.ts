import { editHead } from '../http-head.ts';
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
};
