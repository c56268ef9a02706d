import { ChokepointError } from '../base/errors.ts';
import { CATALOGUE } from './catalogue.ts';
import { parseStrategy } from './geneva/parse.ts';
import { printStrategy } from './geneva/print.ts';
import { rewriterOf } from './geneva/run.ts';
import type { Strategy } from './strategy.ts';

/** A strategy of the catalogue by its id, or one that is written as Geneva does. */
export function findStrategy(text: string): Strategy {
  if (/[[\\]/.test(text)) return genevaStrategy(text);
  const found = CATALOGUE.find(({ id }) => id === text);
  if (found !== undefined) return found;
  throw new ChokepointError(
    'STRATEGY_INVALID',
    `found "${text}"; expected the id of a strategy, or one as Geneva writes it: [TCP:flags:PA]-fragment{tcp:8:True}-| \\/`,
    { hint: 'chokepoint matrix --list shows the strategies' },
  );
}

/** Its id is the text itself, as Geneva would print it. */
function genevaStrategy(text: string): Strategy {
  const parsed = parseStrategy(text);
  const printed = printStrategy(parsed);
  return {
    id: printed,
    number: 'Geneva',
    class: 'session',
    does: 'What is written.',
    source: 'Geneva',
    shape: undefined,
    geneva: printed,
    rewriter: ({ random }) => rewriterOf(parsed, random),
  };
}
