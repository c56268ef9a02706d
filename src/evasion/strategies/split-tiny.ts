import { onFirstPayload } from '../moments.ts';
import { middlesOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { allOf } from '../shape.ts';
import { bytes, nameInNoPacket, rest, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const splitTiny: Strategy = {
  id: 'split-tiny',
  number: 'A3',
  class: 'segmentation',
  does: 'A first segment of eight bytes, then the rest, cut inside the name, wherever it stands in its packet.',
  source: 'Geneva, Segmentation (Bock et al., CCS 2019, species 3)',
  geneva: '[TCP:flags:PA]-fragment{tcp:8:True}(,fragment{tcp:4:True})-| \\/',
  rewriter: onFirstPayload((packet, { name }) =>
    cut(packet, 8, ...middlesOfName(packet.payload, name)),
  ),
  shape: allOf(nameInNoPacket, sends(bytes(0, 8), rest(8))),
};
