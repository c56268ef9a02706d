import type { Strategy } from '../strategy.ts';

export const nameInCapitals: Strategy = {
  id: 'name-in-capitals',
  number: 'D7',
  class: 'parser',
  does: 'The name in capital letters.',
  source: 'CenFuzz (Raman et al., PETS 2022); GoodbyeDPI -m',
  spell: (name) => name.toUpperCase(),
};
