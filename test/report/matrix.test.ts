import { expect, test } from 'vitest';
import { shown } from '../../src/base/showable.ts';
import { formatMatrix, matrixCsv, renderMatrix } from '../../src/report/matrix.ts';
import { told } from '../../src/report/matrix-cell.ts';
import { cell, times, UNBLOCKED } from '../support/matrix-cells.ts';

const CELLS = [
  cell('none', 'az', 'CENSORED'),
  cell('split', 'az', 'EVADED'),
  cell('none', 'kz', 'MODEL', { why: UNBLOCKED }),
  cell('split', 'kz', 'INFRA', { why: 'nobody listens' }),
];
const REPEATED = [
  cell('none', 'az', 'CENSORED', { verdicts: times(20, 'CENSORED') }),
  cell('split', 'az', 'CENSORED', { verdicts: times(18, 'EVADED', 2, 'CENSORED') }),
  cell('disorder', 'az', 'EVADED', { verdicts: times(20, 'EVADED') }),
  cell('byedpi', 'az', 'BROKEN', { kind: 'tool', verdicts: times(10, 'EVADED', 10, 'BROKEN') }),
  cell('none', 'kz', 'EVADED', { verdicts: times(20, 'EVADED') }),
];
/** The longest that there are, and a strategy that a column of the terminal does not take. */
const WIDE = [
  'az-2022-tiktok',
  'four-models',
  'ooni-qa/tls-handshake-that-is-met-with-silence',
].map((scenario) =>
  cell(`[TCP:flags:PA]-${'duplicate(,drop)'.repeat(8)}-| \\/`, scenario, 'NOT-APPLIED', {
    profile: 'in-order-without-fragments-or-anything',
    verdicts: times(100, 'NOT-APPLIED'),
  }),
);

test('a line for each strategy, a column for each censor, and how many evaded', () => {
  expect(renderMatrix(CELLS, 80, false).split('\n')).toEqual([
    'strategy az       kz',
    '         P        P',
    '         http     http',
    'none     CENSORED MODEL',
    'split    EVADED   INFRA',
    'evaded   1 of 2   0 of 2',
  ]);
});

test('tools stand below strategies, and of repetitions the commonest verdict with how often it came', () => {
  expect(renderMatrix(REPEATED, 80, false).split('\n')).toEqual([
    'strategy az             kz',
    '         P              P',
    '         http           http',
    'none     CENSORED 20/20 EVADED 20/20',
    'split    EVADED 18/20',
    'disorder EVADED 20/20',
    'evaded   1 of 3         1 of 1',
    'at times 1',
    '',
    'tool',
    'byedpi   BROKEN 10/20',
    'evaded   0 of 1',
    'at times 1',
  ]);
});

test('tools alone are no group below others', () => {
  const text = renderMatrix(REPEATED.slice(3, 4), 80, false);
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    'tool     az',
    '         P',
    '         http',
    'byedpi   BROKEN 10/20',
    'evaded   0 of 1',
    'at times 1',
  ]);
});

test('columns that the width does not take go into a table below', () => {
  const text = renderMatrix(CELLS, 20, false);
  expect(text.split('\n')).toEqual([
    'strategy az',
    '         P',
    '         http',
    'none     CENSORED',
    'split    EVADED',
    'evaded   1 of 2',
    '',
    'strategy kz',
    '         P',
    '         http',
    'none     MODEL',
    'split    INFRA',
    'evaded   0 of 2',
  ]);
});

test.each([44, 80, 120])(
  'with names of any length, %i columns are kept and none is cut',
  (width) => {
    const text = renderMatrix(WIDE, width, false);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    const label = text.split('\n').map((line) => line.slice(0, Math.min(40, width / 2)));
    expect(label.join('')).toContain('duplicate(,drop)'.repeat(8));
    expect(text.match(/NOT-APPLIED 100\/100/g)).toHaveLength(3);
  },
);

test('colour stands for what was the same each time, and takes no room', () => {
  const text = renderMatrix(REPEATED, 80, true);
  expect(text).toContain('disorder \u001b[32mEVADED 20/20\u001b[39m\n');
  expect(text).toContain('split    EVADED 18/20\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour code
  const plain = text.replace(/\u001b\[\d+m/g, '');
  expect(plain.replace(/ +$/gm, '')).toBe(renderMatrix(REPEATED, 80, false));
});

test('a cell that was not tried is empty', () => {
  expect(renderMatrix(CELLS.slice(0, 3), 80, false)).toContain('split    EVADED\n');
});

test('what is behind a verdict is told, with the end of a tool’s log, and verdicts are counted', () => {
  const log = 'exit 1\ncannot bind\u001b[2J\n';
  const tool = cell('byedpi', 'kz', 'BROKEN', { kind: 'tool', why: log });
  expect(formatMatrix(shown([...CELLS, tool].map(told))).split('\n')).toEqual([
    'MODEL none, kz P http: without a strategy the blocked name gets through',
    'INFRA split, kz P http: nobody listens',
    'BROKEN byedpi, kz P http: exit 1',
    '  cannot bind\\u001b[2J',
    '5 cells: 1 EVADED, 1 CENSORED, 1 BROKEN, 1 MODEL, 1 INFRA',
  ]);
});

test('what is behind several verdicts is told once', () => {
  const cells = ['a', 'b', 'c', 'd', 'e'].map((id) =>
    cell('byedpi', id, 'INFRA', { kind: 'tool', why: 'exit 1' }),
  );
  const first = (count: number): string | undefined =>
    formatMatrix(cells.slice(0, count).map(told)).split('\n')[0];
  expect(first(2)).toBe('INFRA byedpi, a P http, b P http: exit 1');
  expect(first(5)).toBe('INFRA byedpi, a P http, b P http, c P http and 2 more: exit 1');
});

test('where repetitions differ, it is said what is counted', () => {
  expect(formatMatrix(REPEATED.map(told)).split('\n')).toEqual([
    '5 cells: 2 EVADED, 2 CENSORED, 1 BROKEN',
    'where repetitions differ, the commonest is counted, of two as common the less favourable',
  ]);
});

test('as CSV, a record for each cell; strategies with commas are quoted, and logs of many lines are one', () => {
  const geneva = '[TCP:flags:A]-duplicate(,drop)-| \\/';
  const blocked = { hasSucceeded: false, failure: 'connection_reset' };
  const allowed = { hasSucceeded: true, failure: null };
  const cells = [
    cell(geneva, 'az', 'CENSORED', {
      ...{ blocked, allowed, verdicts: times(1, 'EVADED', 2, 'CENSORED') },
    }),
    cell('byedpi', 'az', 'INFRA', { kind: 'tool', why: 'exit 1\n"no port"' }),
  ];
  expect(matrixCsv(cells).split('\r\n')).toEqual([
    'scenario,profile,over,strategy,verdict,blocked_failure,allowed_failure,kind,verdicts,why',
    `az,P,http,"${geneva}",CENSORED,connection_reset,null,strategy,"EVADED;CENSORED;CENSORED",`,
    'az,P,http,byedpi,INFRA,,,tool,INFRA,"exit 1\\n""no port"""',
    '',
  ]);
});
