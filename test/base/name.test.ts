import { normalize } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NAME, pathBelow, plainLine, plainWord } from '../../src/base/name.ts';
import { HOSTILE } from '../support/hostile.ts';

describe('a name', () => {
  test.each(['a', '7', 'az-2017', 'x'.repeat(32), 'a--b'])('can be "%s"', (name) => {
    expect(NAME.test(name)).toBe(true);
  });

  test.each(['', '-a', 'a-', '-', 'A', 'a_b', 'a.b', 'a/b', 'é', 'x'.repeat(33), ...HOSTILE])(
    'cannot be %j',
    (name) => {
      expect(NAME.test(name)).toBe(false);
    },
  );
});

test.each(HOSTILE)('no program reads %j as one word', (text) => {
  expect(() => plainWord(`a${text}`, 'a test')).toThrow('a test: ');
});

test('a word has no characters by which ip, nginx or a shell tell words, quotes, comments and lines apart', () => {
  const reads = (text: string): string | undefined => {
    try {
      return plainWord(text, 'a test');
    } catch {
      return undefined;
    }
  };
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const read = reads(text);
      return read === undefined || (read === text && !/[\s\p{C}#"'\\$`;{}()<>|&!]/u.test(read));
    }),
  );
});

test.each(['a\nb', 'a\rb', 'a\0b', 'a\u2028b', '\u001b[2J'])('%j is more than a line', (text) => {
  expect(() => plainLine(text, 'a test')).toThrow('a test: ');
});

test('a path made of names never leaves its folder', () => {
  const parts = fc.array(fc.oneof(fc.string(), fc.constantFrom('..', '.', '/', 'a', '../a')), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(parts, (names) => {
      try {
        const path = pathBelow('/runs/x', ...names);
        expect(normalize(path)).toBe(path);
        expect(path.split('/').length).toBe(3 + names.length);
        expect(path.startsWith('/runs/x')).toBe(true);
      } catch (error) {
        expect((error as Error).message).toContain('cannot name a file or a folder');
      }
    }),
  );
});

test.each([
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '/etc/passwd',
  '-rf',
  '.bashrc',
  'a\0',
  'a\n',
  'x'.repeat(5000),
])('%j names no file', (name) => {
  expect(() => pathBelow('/runs', name)).toThrow('cannot name a file or a folder');
});
