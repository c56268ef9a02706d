import { onFirstPayload } from '../moments.ts';
import { findName } from '../request.ts';
import { cut } from '../segments.ts';
import { allOf, anyOf } from '../shape.ts';
import { bytes, nameInNoPacket, oneByOne, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const byteByByte: Strategy = {
  id: 'byte-by-byte',
  number: 'A9',
  class: 'segmentation',
  does: 'A segment for each of the first 48 bytes, and one cut inside the name.',
  source: 'zapret multisplit with many positions; boxes that count packets (nDPI looks at 32)',
  rewriter: onFirstPayload((packet, { name }) => {
    const nameAt = Math.max(findName(packet.payload, name), 0);
    const singles = Array.from({ length: SINGLES }, (_, i) => i + 1);
    return cut(packet, ...singles, nameAt + Math.floor(name.length / 2));
  }),
  shape: allOf(
    nameInNoPacket,
    anyOf(
      sends(...oneByOne(48), bytes(48, 'end')),
      sends(...oneByOne(48), bytes(48, 'inside'), bytes('inside', 'end')),
    ),
  ),
};

const SINGLES = 48;
