import { editHead } from '../http-head.ts';
import type { Strategy } from '../strategy.ts';

export const hostTab: Strategy = {
  id: 'host-tab',
  number: 'E2',
  class: 'http',
  does: 'A tab instead of the space before the name.',
  source: 'zapret hosttab',
  over: ['http'],
  says: editHead((head) => head.replace(/^Host: /im, 'Host:\t')),
};
