import { onSyn } from '../moments.ts';
import { copyPacket } from '../packet.ts';
import { allOf } from '../shape.ts';
import { synWithPayload } from '../shapes/handshake.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const payloadOnSyn: Strategy = {
  id: 'payload-on-syn',
  number: 'C6',
  class: 'session',
  does: 'The SYN carries 16 bytes, which the server does not take.',
  needs: 'A server without TCP Fast Open, which is how Linux is set up.',
  source: 'zapret syndata; Geneva, load on SYN (Kazakhstan, Bock et al., CCS 2019)',
  geneva: '[TCP:flags:S]-tamper{TCP:load:corrupt}-| \\/',
  rewriter: onSyn((packet) => {
    const copy = copyPacket(packet);
    copy.payload = new Uint8Array(16);
    return [copy];
  }),
  shape: allOf(synWithPayload(16), sends(WHOLE)),
};
