import { onFirstPayload } from '../moments.ts';
import { middlesOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { allOf } from '../shape.ts';
import { nameInNoPacket, oneByOne, rest, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const byteByByte: Strategy = {
  id: 'byte-by-byte',
  number: 'A9',
  class: 'segmentation',
  does: 'A segment for each of the first 48 bytes, and cuts inside the name, wherever it stands in its packet.',
  source: 'zapret multisplit with many positions; boxes that count packets (nDPI looks at 32)',
  rewriter: onFirstPayload((packet, { name }) => {
    const singles = Array.from({ length: SINGLES }, (_, i) => i + 1);
    return cut(packet, ...singles, ...middlesOfName(packet.payload, name));
  }),
  shape: allOf(nameInNoPacket, sends(...oneByOne(48), rest(48))),
};

const SINGLES = 48;
