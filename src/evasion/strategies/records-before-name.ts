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
};
