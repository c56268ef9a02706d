import { onNamedPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const splitReversed: Strategy = {
  id: 'split-reversed',
  number: 'A4',
  class: 'segmentation',
  does: 'Two segments, cut inside the name, the second before the first.',
  source: 'zapret multidisorder; GoodbyeDPI --reverse-frag',
  geneva: '[TCP:flags:PA]-fragment{tcp:-1:False}-| \\/',
  rewriter: onNamedPayload((packet, { name }) =>
    cut(packet, middleOfName(packet.payload, name)).reverse(),
  ),
  shape: sends(bytes('inside', 'end'), bytes(0, 'inside')),
};
