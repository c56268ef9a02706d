import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/base/shell-word.ts';

test.each([
  'http://blocked.example/',
  'http://blocked.example/?q=a&hl=az',
  `http://blocked.example/$(touch\${IFS}pwned)`,
  'it\'s; id | cat `id` \\ "x"',
  'two\nlines',
  '~',
  '*',
  '',
])('%j is one word of a shell, as it stands', (text) => {
  const script = `printf %s ${shellWord(text)}`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(text);
});

test('what needs no quotes has none', () => {
  expect(shellWord('https://www.example.org:8443/a_b-c')).toBe(
    'https://www.example.org:8443/a_b-c',
  );
});
