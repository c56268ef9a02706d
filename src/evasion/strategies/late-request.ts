import { after, sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const lateRequest: Strategy = {
  id: 'late-request',
  number: 'C10',
  class: 'session',
  does: 'Two seconds pass between the connection and the request.',
  needs: 'A box that forgets a connection sooner than that.',
  source: 'boxes with short timeouts (Khattak et al., FOCI 2013; zapret on forgetful boxes)',
  pause: 2000,
  shape: sends(after(2000, WHOLE)),
};
