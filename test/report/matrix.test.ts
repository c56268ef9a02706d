import { expect, test } from 'vitest';
import type { Verdict } from '../../src/evasion/verdict.ts';
import { formatMatrix, matrixCsv, renderMatrix } from '../../src/report/matrix.ts';
import type { Cell } from '../../src/testbed/matrix.ts';

const CELLS = [
  cell('none', 'az', 'CENSORED'),
  cell('split', 'az', 'EVADED'),
  cell('none', 'kz', 'MODEL'),
  cell('split', 'kz', 'INFRA', 'nobody listens'),
];

test('a line for each strategy, a column for each censor', () => {
  expect(plain(renderMatrix(CELLS, 80, false))).toBe(
    ['strategy az P http kz P http', 'none CENSORED MODEL', 'split EVADED INFRA'].join('\n'),
  );
});

test('columns that the width does not take go into a table below', () => {
  const text = renderMatrix(CELLS, 24, false);
  expect(plain(text)).toBe(
    [
      'strategy az P http',
      'none CENSORED',
      'split EVADED',
      '',
      'strategy kz P http',
      'none MODEL',
      'split INFRA',
    ].join('\n'),
  );
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(24);
});

test('verdicts are coloured where that is asked for', () => {
  expect(renderMatrix(CELLS, 80, true)).toContain('\u001b[32mEVADED\u001b[39m');
});

test('a cell that was not tried is empty', () => {
  expect(plain(renderMatrix(CELLS.slice(0, 3), 80, false))).toContain('split EVADED');
});

test('what says nothing of a strategy is told with the reason, and verdicts are counted', () => {
  expect(formatMatrix(CELLS)).toBe(
    [
      'MODEL none, kz P http: without a strategy the blocked name gets through',
      'INFRA split, kz P http: nobody listens',
      '4 cells: 1 EVADED, 1 CENSORED, 1 MODEL, 1 INFRA',
    ].join('\n'),
  );
});

test('as CSV, strategies with commas are quoted', () => {
  const text = '[TCP:flags:A]-duplicate(,drop)-| \\/';
  expect(matrixCsv([cell(text, 'az', 'BROKEN')]).split('\r\n')[1]).toBe(
    `az,P,http,"${text}",BROKEN,,`,
  );
});

function cell(
  strategy: string,
  scenario: string,
  verdict: Verdict,
  why: string | null = null,
): Cell {
  const rest = { profile: 'P', carrier: 'http', blocked: null, allowed: null } as const;
  return { scenario, strategy, verdict, why, ...rest };
}

/** Without the space that columns are aligned with. */
function plain(text: string): string {
  return text.replace(/ +/g, ' ').replace(/ $/gm, '');
}
