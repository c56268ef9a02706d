import { isReset } from '../moments.ts';
import { allOf } from '../shape.ts';
import { goesOnAfterReset } from '../shapes/deaf.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const deafClient: Strategy = {
  id: 'deaf-client',
  number: 'C13',
  class: 'session',
  does: 'The client drops every RST that arrives.',
  needs: 'A box that lets the request through and resets the client alone.',
  source: 'Clayton, Murdoch and Watson, PET 2006; Geneva',
  geneva: '\\/ [TCP:flags:R*]-drop-|',
  rewriter: () => ({ out: () => undefined, in: (packet) => (isReset(packet) ? [] : undefined) }),
  shape: allOf(sends(WHOLE), goesOnAfterReset),
};
