import { onNamedPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { after, bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const slowSegments: Strategy = {
  id: 'slow-segments',
  number: 'A7',
  class: 'segmentation',
  does: 'Two segments, cut inside the name, the second 150 ms after the first.',
  source: 'net4people/bbs on boxes that forget; Geneva sleep',
  geneva: '[TCP:flags:PA]-fragment{tcp:-1:True}(,sleep{0.15})-| \\/',
  rewriter: onNamedPayload((packet, { name }) =>
    cut(packet, middleOfName(packet.payload, name)).map((one, i) => ({
      packet: one,
      delay: i * PAUSE,
    })),
  ),
  shape: sends(bytes(0, 'inside'), after(150, bytes('inside', 'end'))),
};

/** Less than Linux waits for an acknowledgement, so that the kernel does not send the whole again meanwhile. In ms. */
const PAUSE = 150;
