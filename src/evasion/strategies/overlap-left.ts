import { onNamedPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { behindGarbage, cut } from '../segments.ts';
import { bytes, bytesBehind, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const overlapLeft: Strategy = {
  id: 'overlap-left',
  number: 'B13',
  class: 'decoy',
  does: 'Two segments, cut inside the name, the first behind five bytes that the server has had already.',
  source: 'zapret multisplit with seqovl',
  rewriter: onNamedPayload((packet, { name }) => {
    const [first, ...rest] = cut(packet, middleOfName(packet.payload, name));
    return first === undefined ? rest : [behindGarbage(first, GARBAGE), ...rest];
  }),
  shape: sends(bytesBehind([-5, 0], 'inside'), bytes('inside', 'end')),
};

const GARBAGE = 5;
