import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrap } from '../../src/report/wrap.ts';

test('lines begin as they are told, and end before the width', () => {
  expect(wrap('one two three four', 10, '- ', '    ')).toBe('- one two\n    three\n    four');
});

test('no word is lost, and only a word alone is longer than the width', () => {
  const words = fc.array(fc.stringMatching(/^[a-z…→]{1,12}$/), { minLength: 1 });
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 30 }), (list, width) => {
      const lines = wrap(list.join(' '), width).split('\n');
      expect(lines.join(' ')).toBe(list.join(' '));
      for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
    }),
  );
});
