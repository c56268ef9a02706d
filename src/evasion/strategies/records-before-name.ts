import { allOf } from '../shape.ts';
import { twoRecords } from '../shapes/hello.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';
import { splitRecord } from '../tls-records.ts';

export const recordsBeforeName: Strategy = {
  id: 'records-before-name',
  number: 'D2',
  class: 'parser',
  does: 'The ClientHello in two TLS records, cut behind its fifth byte, in one segment.',
  source: 'zapret tlsrec; DPYProxy',
  over: ['https'],
  says: (said) => splitRecord(said, 10),
  shape: allOf(sends(WHOLE), twoRecords(5)),
};
