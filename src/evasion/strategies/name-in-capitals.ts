import { allOf, over } from '../shape.ts';
import { head } from '../shapes/head.ts';
import { helloInCapitals } from '../shapes/hello.ts';
import { sends, WHOLE } from '../shapes/sends.ts';
import type { Strategy } from '../strategy.ts';

export const nameInCapitals: Strategy = {
  id: 'name-in-capitals',
  number: 'D7',
  class: 'parser',
  does: 'The name in capital letters.',
  source: 'CenFuzz (Raman et al., PETS 2022); GoodbyeDPI -m',
  spell: (name) => name.toUpperCase(),
  shape: allOf(
    sends(WHOLE),
    over({
      https: helloInCapitals,
      http: head('a Host header in capitals', { host: 'Host: [^a-z\\s]+' }),
    }),
  ),
};
