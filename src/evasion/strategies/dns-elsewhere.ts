import { allOf } from '../shape.ts';
import { askedElsewhere, question } from '../shapes/question.ts';
import type { Strategy } from '../strategy.ts';

export const dnsElsewhere: Strategy = {
  id: 'dns-elsewhere',
  number: 'F6',
  class: 'ip-and-dns',
  does: 'A resolver beyond the box is asked, over UDP.',
  needs: 'A resolver abroad that answers everybody.',
  source: 'public resolvers such as 8.8.8.8 and 9.9.9.9, which OONI asks for comparison',
  over: ['dns'],
  asks: { whom: 'elsewhere' },
  shape: allOf(question(0), askedElsewhere),
};
