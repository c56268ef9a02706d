import { allOf } from '../shape.ts';
import { toPort } from '../shapes/handshake.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const otherPort: Strategy = {
  id: 'other-port',
  number: 'C12',
  class: 'session',
  does: 'The request goes to another port of the server: 8443, or 8080.',
  needs: 'A server that listens there.',
  source: 'Qurium tried ports against the box of Azerbaijan in 2017: it reads them all',
  ports: { https: 8443, http: 8080 },
  shape: allOf(toPort({ https: 8443, http: 8080 }), sends(WHOLE)),
};
