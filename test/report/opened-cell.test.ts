import { expect, test } from 'vitest';
import { shown } from '../../src/base/showable.ts';
import type { Attempt } from '../../src/evasion/verdict.ts';
import { told } from '../../src/report/matrix-cell.ts';
import { formatCell, type OpenedCell } from '../../src/report/opened-cell.ts';
import { cell, times } from '../support/matrix-cells.ts';

const PLAIN: Attempt = {
  hasSucceeded: true,
  hasLeaked: false,
  failure: null,
};
const RESET: Attempt = { ...PLAIN, hasSucceeded: false, failure: 'connection_reset' };
const CENSORED: OpenedCell = {
  ...told(cell('split-in-name', 'az-2017', 'CENSORED')),
  does: 'Cuts the first message in the middle of the name, so that no segment has all of it.',
  plainAllowed: PLAIN,
  plainBlocked: RESET,
  allowed: PLAIN,
  blocked: RESET,
};

test('what was tried, how each name fared, and what decided', () => {
  const verdicts = times(1, 'EVADED', 2, 'CENSORED');
  const explanation = ['rule "names" (reset): tls.sni=x.example', '  at offset 127'];
  expect(formatCell({ ...CENSORED, verdicts }, explanation, 80).split('\n')).toEqual([
    'split-in-name against az-2017 P, over http',
    '  does         Cuts the first message in the middle of the name, so that no',
    '               segment has all of it.',
    '  without it   allowed name: works; blocked name: connection_reset',
    '  with it      allowed name: works; blocked name: connection_reset',
    '  on the wire  as the strategy has it',
    '  verdict      CENSORED: the censor stops the blocked name, or a tool as a whole',
    '  each time    EVADED CENSORED CENSORED',
    '  decided      rule "names" (reset): tls.sni=x.example',
    '                 at offset 127',
  ]);
});

test('a tool that did not start: its log in full, without what would move the cursor', () => {
  const nothing = { plainAllowed: null, plainBlocked: null, allowed: null, blocked: null };
  const why = 'exit 1\ncannot bind\u001b[2J';
  const opened: OpenedCell = {
    ...{ ...told(cell('byedpi', 'az-2017', 'INFRA', { kind: 'tool', why })), ...nothing },
    does: null,
  };
  expect(formatCell(shown(opened), [], 80).split('\n')).toEqual([
    'byedpi against az-2017 P, over http',
    '  without it   allowed name: not tried; blocked name: not tried',
    '  with it      allowed name: not tried; blocked name: not tried',
    '  verdict      INFRA: says nothing of the strategy: the lab, or the tool, does',
    '               not work',
    '  why          exit 1',
    '               cannot bind\\u001b[2J',
  ]);
});

test('what was not on the wire is told', () => {
  const blocked = { ...RESET, missing: 'a cut inside the name' };
  expect(formatCell({ ...CENSORED, blocked }, [], 100)).toContain(
    '  on the wire  not there: a cut inside the name\n',
  );
});

test('a decoy that the server took, and a page that is another, are told', () => {
  const leaked = { ...PLAIN, hasSucceeded: false, hasLeaked: true };
  const text = formatCell({ ...CENSORED, verdict: 'LEAK', blocked: leaked }, [], 120);
  expect(text).toContain(
    'blocked name: something else came than its page, and the server took the decoy\n',
  );
});
