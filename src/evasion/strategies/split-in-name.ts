import { onNamedPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const splitInName: Strategy = {
  id: 'split-in-name',
  number: 'A1',
  class: 'segmentation',
  does: 'Two segments, cut inside the name, in order.',
  source: 'zapret multisplit; GoodbyeDPI -e and --native-frag; byedpi --split',
  geneva: '[TCP:flags:PA]-fragment{tcp:-1:True}-| \\/',
  rewriter: onNamedPayload((packet, { name }) => cut(packet, middleOfName(packet.payload, name))),
  shape: sends(bytes(0, 'inside'), bytes('inside', 'end')),
};
