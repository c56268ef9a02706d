import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foreignByteAt } from '../../src/base/utf8.ts';

test.each([
  ['', undefined],
  ['61 c3 a9 ef bb bf ef bf bd', undefined],
  ['61 e9 62', 1],
  ['61 ef 62', 1],
  ['61 ef bf 62', 1],
  ['61 ef bf', 1],
  ['c3', 0],
  ['ef bf bd ff', 3],
])('in %s, the first byte that is no UTF-8 is at %s', (hex, at) => {
  expect(foreignByteAt(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toBe(at);
});

test('what is before it is UTF-8, and what goes on with it is not', () => {
  const piece = fc.constantFrom([0x61], [0xc3, 0xa9], [0xef, 0xbf, 0xbd], [0xef], [0xbf], [0xff]);
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const bytes = Uint8Array.from(pieces.flat());
      const at = foreignByteAt(bytes);
      expect(at === undefined).toBe(isUtf8(bytes));
      if (at !== undefined) expect(isUtf8(bytes.subarray(0, at))).toBe(true);
    }),
  );
});
