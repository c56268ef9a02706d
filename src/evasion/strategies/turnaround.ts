import { ACK, SYN } from '../../wire/tcp.ts';
import { emptied, onSyn } from '../moments.ts';
import { allOf } from '../shape.ts';
import { synAckBeforeSyn } from '../shapes/handshake.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const turnaround: Strategy = {
  id: 'turnaround',
  number: 'C7',
  class: 'session',
  does: 'A SYN with ACK before the SYN: a box that goes by it takes the client for the server.',
  needs:
    'A client that takes no notice of the RST with which the server answers; Linux does not, as it has no ACK.',
  source: 'Geneva, TCB turnaround (Kazakhstan, Bock et al., CCS 2019)',
  geneva: '[TCP:flags:S]-duplicate(tamper{TCP:flags:replace:SA},)-| \\/',
  rewriter: onSyn((packet) => [emptied(packet, SYN | ACK), packet]),
  shape: allOf(synAckBeforeSyn, sends(WHOLE)),
};
