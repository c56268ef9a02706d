import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { showable } from '../../src/base/showable.ts';
import { printStrategy } from '../../src/evasion/geneva/print.ts';
import type { MatrixCell } from '../../src/report/matrix-cell.ts';
import { matrixMarkdown } from '../../src/report/matrix-markdown.ts';
import { anyStrategy } from '../support/any-strategy.ts';
import { cell, times, UNBLOCKED } from '../support/matrix-cells.ts';

const CELLS = [
  cell('none', 'az', 'CENSORED', { verdicts: times(3, 'CENSORED') }),
  cell('split', 'az', 'EVADED', { verdicts: times(3, 'EVADED') }),
  cell('split', 'az', 'LEAK', { carrier: 'https', verdicts: times(2, 'EVADED', 1, 'LEAK') }),
  cell('byedpi', 'az', 'INFRA', { kind: 'tool', why: 'exit 1 | *no* port, @you\nmore' }),
  cell('none', 'kz', 'MODEL', { why: UNBLOCKED }),
];

test('a table for each scenario, what is behind verdicts, counts, and what the verdicts mean', () => {
  expect(matrixMarkdown(CELLS).split('\n')).toEqual([
    '## az',
    '',
    '| strategy | P http | P https |',
    '| --- | --- | --- |',
    '| <code>none</code> | CENSORED 3/3 |  |',
    '| <code>split</code> | **EVADED** 3/3 | EVADED 2/3 |',
    '| *evaded* | 1 of 2 | 0 of 1 |',
    '| *at times* |  | 1 |',
    '| **tool** |  |  |',
    '| <code>byedpi</code> | INFRA |  |',
    '| *evaded* | 0 of 1 |  |',
    '',
    '- INFRA <code>byedpi</code>, P http: exit 1 &#124; &#42;no&#42; port, &#64;you …',
    '',
    '4 cells: 1 EVADED, 1 CENSORED, 1 LEAK, 1 INFRA',
    '',
    '## kz',
    '',
    '| strategy | P http |',
    '| --- | --- |',
    '| <code>none</code> | MODEL |',
    '| *evaded* | 0 of 1 |',
    '',
    '- MODEL <code>none</code>, P http: without a strategy the blocked name gets through',
    '',
    '1 cell: 1 MODEL',
    '',
    '- EVADED: the blocked name gets through, and so does an allowed one',
    '- CENSORED: the censor stops the blocked name, or a tool as a whole',
    '- LEAK: the server took a decoy for what its client said',
    '- MODEL: says nothing of the strategy: without one, nothing is blocked',
    '- INFRA: says nothing of the strategy: the lab, or the tool, does not work',
    '- 3/5: the commonest verdict, that of three repetitions of five; where repetitions differ, the commonest is counted, of two as common the less favourable',
    '',
  ]);
});

test('rendered, each scenario has a table with as many cells in every row', () => {
  expect(tablesOf(matrixMarkdown(CELLS))).toEqual([
    [
      ['strategy', 'P http', 'P https'],
      ['none', 'CENSORED 3/3', ''],
      ['split', 'EVADED 3/3', 'EVADED 2/3'],
      ['evaded', '1 of 2', '0 of 1'],
      ['at times', '', '1'],
      ['tool', '', ''],
      ['byedpi', 'INFRA', ''],
      ['evaded', '0 of 1', ''],
    ],
    [
      ['strategy', 'P http'],
      ['none', 'MODEL'],
      ['evaded', '0 of 1'],
    ],
  ]);
});

test.each([
  ['a bar', '[TCP:flags:PA]-drop-| \\/'],
  ['a backslash before a bar', 'a\\|b\\\\|c\\'],
  ['backticks', '`a``b`'],
  ['markup', '**a** _b_ ~~c~~ [d](e) ![f](g) <b>h</b> &amp; <!-- i -->'],
  [
    'links, mentions, emoji and formulas',
    'https://a.example www.example.com c@example.com @e #1 :f: $g$',
  ],
])('%s in a strategy is shown as it is', (_, strategy) => {
  const markdown = matrixMarkdown([cell(strategy, 'az', 'EVADED')]);
  expect(tablesOf(markdown)[0]?.[1]).toEqual([strategy, 'EVADED']);
});

test('whatever a strategy in the notation of Geneva, and whatever the text, its cell has it', () => {
  const strategies = fc.oneof(anyStrategy().map(printStrategy), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(strategies, fc.string({ unit: 'binary' }), (strategy, why) => {
      const cells: MatrixCell[] = [cell(strategy, 'az', 'NOT-APPLIED', { why })];
      const [table = [], ...others] = tablesOf(matrixMarkdown(cells));
      expect(others).toEqual([]);
      expect(table[1]).toEqual([showable(strategy), 'NOT-APPLIED']);
      expect(table.map((row) => row.length)).toEqual([2, 2, 2]);
    }),
  );
});

/** The texts of all cells, by table and row, as a reader sees them; what is neither text nor emphasis by its kind. */
function tablesOf(markdown: string): string[][][] {
  const tables: string[][][] = [];
  let isCell = false;
  for (const { type, children } of RENDERER.parse(markdown, {})) {
    if (type === 'table_open') tables.push([]);
    if (type === 'tr_open') tables.at(-1)?.push([]);
    if (type === 'inline' && isCell) {
      const shown = (children ?? []).map((child) => SHOWN[child.type]?.(child) ?? child.type);
      tables.at(-1)?.at(-1)?.push(shown.join(''));
    }
    isCell = type === 'td_open' || type === 'th_open';
  }
  return tables;
}

const RENDERER = new MarkdownIt({ html: true, linkify: true });
RENDERER.linkify.set({ fuzzyLink: true });
const NOTHING = (): string => '';
const SHOWN: Readonly<Record<string, (token: { readonly content: string }) => string>> = {
  text: ({ content }) => content,
  html_inline: ({ content }) => content.replace(/^<\/?code>$/, ''),
  ...{ strong_open: NOTHING, strong_close: NOTHING, em_open: NOTHING, em_close: NOTHING },
};
