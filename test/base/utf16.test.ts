import { expect, test } from 'vitest';
import { isUtf16 } from '../../src/base/utf16.ts';

test.each([
  { text: 'a', encoding: 'utf16le', is: true },
  { text: '\ufeff', encoding: 'utf16le', is: true },
  { text: '{"input": "https://a.example/"}', encoding: 'utf16le', is: true },
  { text: '# приклад\na: 1\n', encoding: 'utf16le', is: true },
  { text: '', encoding: 'utf8', is: false },
  { text: 'a\0b\nc', encoding: 'utf8', is: false },
  { text: `${'a'.repeat(40)}\0\0\0`, encoding: 'utf8', is: false },
  { text: '\0\0\0\0', encoding: 'utf8', is: false },
] as const)('$text in $encoding', ({ text, encoding, is }) => {
  const bytes = Buffer.from(text, encoding);
  expect(isUtf16(bytes)).toBe(is);
  if (bytes.length % 2 === 0) expect(isUtf16(bytes.swap16())).toBe(is);
});
