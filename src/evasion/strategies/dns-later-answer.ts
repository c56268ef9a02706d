import { allOf } from '../shape.ts';
import { notContentWithFirst, question } from '../shapes/question.ts';
import type { Strategy } from '../strategy.ts';

export const dnsLaterAnswer: Strategy = {
  id: 'dns-later-answer',
  number: 'F5',
  class: 'ip-and-dns',
  does: 'Of the answers to a question the first is thrown away, as a lie is sooner than the truth.',
  needs: 'A box that adds an answer and does not keep the true one; elsewhere there is none left.',
  source: 'Duan et al., Hold-On: Protecting Against On-Path DNS Poisoning, SATIN 2012',
  over: ['dns'],
  asks: { whom: 'elsewhere' },
  rewriter: () => {
    let isFirst = true;
    return {
      out: () => undefined,
      in: () => {
        if (!isFirst) return undefined;
        isFirst = false;
        return [];
      },
    };
  },
  shape: allOf(question(0), notContentWithFirst),
};
