import { expect, test } from 'vitest';
import { CATALOGUE } from '../../../src/evasion/catalogue.ts';
import { findStrategy } from '../../../src/evasion/find.ts';
import { COLUMNS, MODELS, verdictAgainst } from '../../support/strategy-verdict.ts';

/* What a strategy is in Geneva's notation fares as it does against each of the four models, P F N S. */

/** It cuts in the middle of the request, where the name is not: a box that looks at each packet has it whole. */
const CUT_ELSEWHERE: Readonly<Record<string, string>> = {
  'split-tiny': 'C E C C',
  'split-in-name': 'C E C C',
  'split-reversed': 'C E C C',
  'slow-segments': 'C E C C',
};

test.each(
  CATALOGUE.filter(({ geneva, over = ['https'] }) => geneva !== undefined && !over.includes('dns')),
)('$id', (strategy) => {
  const { id, over, geneva = '' } = strategy;
  const written = { ...findStrategy(geneva), over };
  const of = (one: typeof strategy): string =>
    COLUMNS.map((column) => verdictAgainst(MODELS[column], one)).join(' ');
  expect(of(written)).toBe(CUT_ELSEWHERE[id] ?? of(strategy));
});
