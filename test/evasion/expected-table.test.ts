import { describe, expect, test } from 'vitest';
import { findStrategy } from '../../src/evasion/find.ts';
import { EXPECTED } from '../support/expected-table.ts';
import { COLUMNS, MODELS, verdictAgainst } from '../support/strategy-verdict.ts';

describe.each(EXPECTED)('%s', (id, want) => {
  test(`is ${want} against P, F, N and S`, () => {
    const strategy = findStrategy(id);
    const got = COLUMNS.map((column) => verdictAgainst(MODELS[column], strategy));
    expect(got.join(' ')).toBe(want);
  });
});
