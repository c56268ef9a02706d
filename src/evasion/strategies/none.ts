import type { Strategy } from '../strategy.ts';

export const none: Strategy = {
  id: 'none',
  number: '-',
  class: 'segmentation',
  does: 'Nothing: the request goes as the program says it.',
  source: 'the control of every comparison',
};
