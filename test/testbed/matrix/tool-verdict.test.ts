import { expect, test } from 'vitest';
import type { Attempt } from '../../../src/evasion/verdict.ts';
import { type Seen, toolVerdictOf } from '../../../src/testbed/matrix/tool-verdict.ts';

const WORKS: Attempt = { hasSucceeded: true, hasLeaked: false, failure: null };
const RESET: Attempt = { hasSucceeded: false, hasLeaked: false, failure: 'connection_reset' };
const CENSORED = { allowed: WORKS, blocked: RESET };
const THROUGH: Seen = { allowed: WORKS, blocked: WORKS, failure: null };
const NOTHING: Seen = { allowed: RESET, blocked: RESET, failure: null };
const DIED: Seen = { allowed: null, blocked: null, failure: 'mine: its client ended' };

test.each([
  ['both names get through', CENSORED, THROUGH, undefined, 'EVADED', null],
  [
    'nothing does, but it would',
    CENSORED,
    NOTHING,
    THROUGH,
    'CENSORED',
    'through the tool: connection_reset',
  ],
  [
    'the blocked name alone does, for what followed was stopped',
    CENSORED,
    { ...THROUGH, allowed: RESET },
    THROUGH,
    'CENSORED',
    'through the tool, the allowed name: connection_reset',
  ],
  [
    'the tool comes up only where nobody censors',
    CENSORED,
    DIED,
    THROUGH,
    'CENSORED',
    DIED.failure,
  ],
  ['the tool comes up nowhere', CENSORED, DIED, DIED, 'INFRA', DIED.failure],
  [
    'nothing gets through anywhere',
    CENSORED,
    NOTHING,
    NOTHING,
    'BROKEN',
    'where nobody censors it does not get through either: connection_reset',
  ],
  [
    'the blocked name gets through nowhere',
    CENSORED,
    { ...THROUGH, blocked: RESET },
    { ...THROUGH, blocked: RESET },
    'BROKEN',
    'where nobody censors it does not get through either: connection_reset',
  ],
  [
    'nothing is blocked',
    { allowed: WORKS, blocked: WORKS },
    THROUGH,
    undefined,
    'MODEL',
    'without a tool the blocked name gets through',
  ],
  [
    'nothing works',
    { allowed: RESET, blocked: RESET },
    THROUGH,
    undefined,
    'INFRA',
    'without a tool the allowed name does not get through: connection_reset',
  ],
] as const)('%s', (_, plain, seen, without, verdict, why) => {
  expect(toolVerdictOf(plain, seen, without)).toEqual({ verdict, why });
});
