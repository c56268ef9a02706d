import { onFirstPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const splitTiny: Strategy = {
  id: 'split-tiny',
  number: 'A3',
  class: 'segmentation',
  does: 'A first segment of eight bytes, then the rest, cut inside the name.',
  source: 'Geneva, Segmentation (Bock et al., CCS 2019, species 3)',
  geneva: '[TCP:flags:PA]-fragment{tcp:8:True}(,fragment{tcp:4:True})-| \\/',
  rewriter: onFirstPayload((packet, { name }) =>
    cut(packet, 8, middleOfName(packet.payload, name)),
  ),
  shape: sends(bytes(0, 8), bytes(8, 'inside'), bytes('inside', 'end')),
};
