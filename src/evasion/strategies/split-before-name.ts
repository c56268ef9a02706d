import { onFirstPayload } from '../moments.ts';
import { cut } from '../segments.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const splitBeforeName: Strategy = {
  id: 'split-before-name',
  number: 'A2',
  class: 'segmentation',
  does: 'Two segments, cut behind the third byte, far before the name.',
  source: 'zapret multisplit at 3; GoodbyeDPI -f 2',
  geneva: '[TCP:flags:PA]-fragment{tcp:3:True}-| \\/',
  rewriter: onFirstPayload((packet) => cut(packet, 3)),
  shape: sends(bytes(0, 3), bytes(3, 'end')),
};
