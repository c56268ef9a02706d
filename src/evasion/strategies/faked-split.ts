import { onNamedPayload } from '../moments.ts';
import { decoyOf, middleOfName } from '../request.ts';
import { cut, part } from '../segments.ts';
import { bytes, decoyBytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { tricked, wrongChecksum } from '../tricks.ts';

export const fakedSplit: Strategy = {
  id: 'faked-split',
  number: 'B11',
  class: 'decoy',
  does: 'Two segments, cut inside the name, each behind a decoy of its own bytes with a wrong checksum.',
  source: 'zapret fakedsplit; SpoofDPI and byedpi --fake with --split',
  rewriter: onNamedPayload((packet, facts) => {
    const decoy = decoyOf(packet.payload, facts.name);
    const middle = middleOfName(packet.payload, facts.name);
    return cut(packet, middle).flatMap((real, i) => {
      const fake = i === 0 ? decoy.slice(0, middle) : decoy.slice(middle);
      return [tricked(part(real, 0, fake), facts, wrongChecksum), real];
    });
  }),
  shape: sends(
    decoyBytes(0, 'inside', { checksum: 'wrong' }),
    bytes(0, 'inside'),
    decoyBytes('inside', 'end', { checksum: 'wrong' }),
    bytes('inside', 'end'),
  ),
};
