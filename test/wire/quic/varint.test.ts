import fc from 'fast-check';
import { expect, test } from 'vitest';
import { varint, varintEnd } from '../../../src/wire/quic/varint.ts';
import { hex } from '../../support/packets.ts';
import { varint as varintBytes } from '../../support/quic.ts';

test.each([
  { bytes: hex`c2 19 7c 5e ff 14 e8 8c`, value: Number(151_288_809_941_952_652n) },
  { bytes: hex`9d 7f 3e 7d`, value: 494_878_333 },
  { bytes: hex`7b bd`, value: 15_293 },
  { bytes: hex`25`, value: 37 },
  { bytes: hex`40 25`, value: 37 },
])('RFC 9000 §A.1: $value is read', ({ bytes, value }) => {
  expect(varintEnd(bytes, 0, bytes.length)).toBe(bytes.length);
  expect(varint(bytes, 0)).toBe(value);
});

test('every integer below 2^53 is read as it was written, in each size that holds it', () => {
  const sizes = [1, 2, 4, 8] as const;
  fc.assert(
    fc.property(fc.constantFrom(...sizes), fc.nat(Number.MAX_SAFE_INTEGER), (size, any) => {
      const value = any % Math.min(2 ** (8 * size - 2), Number.MAX_SAFE_INTEGER);
      const bytes = varintBytes(value, size);
      expect(varint(bytes, 0)).toBe(value);
      expect(varintEnd(bytes, 0, size)).toBe(size);
      expect(varintEnd(bytes, 0, size - 1)).toBe(-1);
    }),
  );
});

test('no integer ends after one that did not', () => {
  expect(varintEnd(hex`25 25`, -1, 2)).toBe(-1);
});
