import { allOf } from '../shape.ts';
import { mixedCase, question } from '../shapes/question.ts';
import type { Strategy } from '../strategy.ts';

export const dnsNameCase: Strategy = {
  id: 'dns-name-case',
  number: 'F6',
  class: 'ip-and-dns',
  does: 'The question has every other letter of the name in upper case.',
  source: 'draft-vixie-dnsext-dns0x20; CenFuzz varies capitals',
  over: ['dns'],
  spell: (name) =>
    name.replace(/([a-z][^a-z]*)([a-z])/gi, (_, one, other) => one + other.toUpperCase()),
  shape: allOf(question(0), mixedCase),
};
