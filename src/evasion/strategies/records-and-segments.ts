import { onNamedPayload } from '../moments.ts';
import { middleOfName } from '../request.ts';
import { cut } from '../segments.ts';
import { allOf } from '../shape.ts';
import { twoRecords } from '../shapes/hello.ts';
import { bytes, sends } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { splitRecord } from '../tls-records.ts';

export const recordsAndSegments: Strategy = {
  id: 'records-and-segments',
  number: 'D3',
  class: 'parser',
  does: 'The ClientHello in two TLS records, cut before the name, and in two segments, cut inside it.',
  source: 'zapret tlsrec with multisplit; DPYProxy with both',
  over: ['https'],
  says: (said) => splitRecord(said, 10),
  rewriter: onNamedPayload((packet, { name }) => cut(packet, middleOfName(packet.payload, name))),
  shape: allOf(twoRecords(5), sends(bytes(0, 'inside'), bytes('inside', 'end'))),
};
