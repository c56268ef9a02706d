import { middleOfName } from '../request.ts';
import { allOf } from '../shape.ts';
import { twoRecordsInName } from '../shapes/hello.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { splitRecord } from '../tls-records.ts';

export const recordsInName: Strategy = {
  id: 'records-in-name',
  number: 'D1',
  class: 'parser',
  does: 'The ClientHello in two TLS records, cut inside the name, in one segment.',
  source: 'zapret tlsrec; DPYProxy (Niere et al., FOCI 2023)',
  over: ['https'],
  says: (said, { name }) => splitRecord(said, middleOfName(said, name)),
  shape: allOf(sends(WHOLE), twoRecordsInName),
};
