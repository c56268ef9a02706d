import { allOf } from '../shape.ts';
import { head, NAME } from '../shapes/head.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const trailingDot: Strategy = {
  id: 'trailing-dot',
  number: 'E4',
  class: 'http',
  does: 'The name with a dot behind it.',
  needs: 'A server that knows the name with a dot, as the lab’s does.',
  source: 'zapret hostdot; CensoredPlanet’s CenFuzz',
  over: ['http'],
  spell: (name) => `${name}.`,
  shape: allOf(
    sends(WHOLE),
    head('a Host header with a dot at its end', { host: `Host: ${NAME}\\.` }),
  ),
};
