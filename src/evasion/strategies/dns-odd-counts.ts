import { onFirstDatagram } from '../moments.ts';
import { copyPacket } from '../packet.ts';
import { question } from '../shapes/question.ts';
import type { Strategy } from '../strategy.ts';

export const dnsOddCounts: Strategy = {
  id: 'dns-odd-counts',
  number: 'F6',
  class: 'ip-and-dns',
  does: 'The question says that an answer comes with it, which does not.',
  needs: 'A resolver that does not look at that number.',
  source: 'Geneva, DNS: tamper{DNS:ancount:replace:1}',
  over: ['dns'],
  geneva: '[DNS:qr:0]-tamper{DNS:ancount:replace:1}-| \\/',
  rewriter: onFirstDatagram((packet) => {
    const copy = copyPacket(packet);
    copy.payload = packet.payload.slice();
    copy.payload[ANSWER_COUNT + 1] = 1;
    return [copy];
  }),
  shape: question(1),
};

/** RFC 1035 §4.1.1: after identification, flags and the count of questions. */
const ANSWER_COUNT = 6;
