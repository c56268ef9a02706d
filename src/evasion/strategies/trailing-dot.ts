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
};
