import { onNamedPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const disorderByTtl: Strategy = {
  id: 'disorder-by-ttl',
  number: 'A5',
  class: 'segmentation',
  does: 'The first half dies at the first router; the kernel sends it again when the second has arrived.',
  needs: 'A router before the box: with none, the box sees the first half too.',
  source: 'byedpi --disorder',
  rewriter: onNamedPayload((packet, { name }) => {
    const [first, ...rest] = cut(packet, middleOfName(packet.payload, name));
    if (first !== undefined) first.ip.ttl = 1;
    return first === undefined ? rest : [first, ...rest];
  }),
  shape: sends(bytes(0, 'inside', { ttl: 1 }), bytes('inside', 'end')),
};
