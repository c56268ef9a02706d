import { expect, test } from 'vitest';
import { commentOn, commentOnInjected } from '../../src/policy/comment.ts';
import type { Decision, Verdict } from '../../src/policy/verdict.ts';

const HOSTILE = '=r|\u001b]0;PWN\u0007\u001b[31mRED\u202eRTL\0NUL\nLINE';
const SHOWN = '=r|\\u001b]0;PWN\\u0007\\u001b[31mRED\\u202eRTL\\u0000NUL\\nLINE';

test('a comment has nothing that a terminal obeys and no NUL, at which readers of captures stop', () => {
  expect(commentOf(HOSTILE, `tls.sni=${HOSTILE}`)).toBe(
    `dropped: rule=${SHOWN} why=tls.sni=${SHOWN}`,
  );
  expect(commentOnInjected(decisionOf(HOSTILE, ''))).toBe(`injected: rule=${SHOWN}`);
});

test('a long name does not take the place of why, and no comment is too long for its option', () => {
  const comment = commentOf('\0'.repeat(4096), 'x'.repeat(0x1_0000));
  expect(comment).toMatch(/^dropped: rule=(\\u0000){2000}… .* why=x{2000}… \(63,536 bytes more\)$/);
  expect(Buffer.byteLength(comment ?? '')).toBeLessThan(0x1_0000);
});

function commentOf(rule: string, why: string): string | undefined {
  const decision = decisionOf(rule, why);
  return commentOn({
    kind: 'inject',
    packets: [],
    original: 'drop',
    decision,
  } as Partial<Verdict> as Verdict);
}

function decisionOf(rule: string, why: string): Decision {
  return { rule, why, action: 'reset' } as Partial<Decision> as Decision;
}
