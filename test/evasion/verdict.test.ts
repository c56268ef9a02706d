import { expect, test } from 'vitest';
import { type Attempt, verdictOf } from '../../src/evasion/verdict.ts';

const GOT: Attempt = { hasSucceeded: true, hasLeaked: false, failure: null };
const RESET: Attempt = { ...GOT, hasSucceeded: false, failure: 'connection_reset' };
const LEAKED: Attempt = { ...GOT, hasLeaked: true };
const UNTOUCHED = { ...GOT, missing: 'a packet that was changed' };

test.each([
  ['EVADED', GOT, RESET, GOT, GOT],
  ['CENSORED', GOT, RESET, GOT, RESET],
  ['BROKEN', GOT, RESET, RESET, RESET],
  ['BROKEN', GOT, RESET, RESET, GOT],
  ['LEAK', GOT, RESET, GOT, LEAKED],
  ['LEAK', GOT, RESET, { ...LEAKED, hasSucceeded: false }, RESET],
  ['NOT-APPLIED', GOT, RESET, UNTOUCHED, { ...RESET, missing: 'a packet that was changed' }],
  ['EVADED', GOT, RESET, UNTOUCHED, GOT], // it had something to do for the blocked name alone
  ['NOT-APPLIED', GOT, RESET, GOT, UNTOUCHED], // something else let it through
  ['CENSORED', GOT, RESET, GOT, { ...RESET, missing: 'a packet that was changed' }], // before it could do anything
  ['MODEL', GOT, GOT, GOT, GOT],
  ['INFRA', RESET, RESET, GOT, GOT],
  ['INFRA', RESET, GOT, RESET, RESET],
] as const)('%s', (want, plainAllowed, plainBlocked, allowed, blocked) => {
  expect(verdictOf({ plainAllowed, plainBlocked, allowed, blocked })).toBe(want);
});
