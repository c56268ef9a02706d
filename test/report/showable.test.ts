import { expect, test } from 'vitest';
import { showable } from '../../src/report/showable.ts';

test('what would move the cursor or turn the writing round is shown as an escape', () => {
  expect(showable('a\u001b[2J\u202eb\r\u0085')).toBe('a\\u001b[2J\\u202eb\\u000d\\u0085');
});

test('what is no character is shown as an escape, and characters beyond 16 bits as they are', () => {
  expect(showable('\ud83d \ude00 😀 \ufffe')).toBe('\\ud83d \\ude00 😀 \\ufffe');
});

test('lines end where they ended', () => {
  expect(showable('a\nb')).toBe('a\nb');
});
