import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DerElement } from '../../../src/wire/tls/der.ts';
import { concat, hex, placed } from '../../support/packets.ts';

describe('an element is read', () => {
  test.each([
    { name: 'with a short length', bytes: hex`0c 02 68 69`, want: [0x0c, 2, 4] },
    { name: 'without contents', bytes: hex`30 00`, want: [0x30, 2, 2] },
    { name: 'with its length in one byte', bytes: hex`0c 81 02 68 69`, want: [0x0c, 3, 5] },
    { name: 'with its length in two bytes', bytes: hex`0c 82 00 02 68 69`, want: [0x0c, 4, 6] },
    {
      name: 'with its length in four bytes',
      bytes: hex`0c 84 00 00 00 02 68 69`,
      want: [0x0c, 6, 8],
    },
    { name: 'of a context', bytes: hex`a0 01 00`, want: [0xa0, 2, 3] },
  ])('$name', ({ bytes, want }) => {
    const { ring, at, element, found } = read(concat(bytes, hex`ff ff`));
    expect(found).toBe(true);
    const { tag, valueAt, valueEnd, nextAt, isWhole } = element;
    expect([tag, valueAt - at, valueEnd - at]).toEqual(want);
    expect({ nextAt, isWhole }).toEqual({ nextAt: valueEnd, isWhole: true });
    expect(ring[nextAt]).toBe(0xff);
  });

  test.each([
    { name: 'a short length', bytes: hex`0c 05 68 69`, missing: 3 },
    { name: 'a long length', bytes: hex`30 82 01 00 68`, missing: 255 },
    { name: 'the longest length', bytes: hex`30 84 ff ff ff ff 68`, missing: 0xffff_fffe },
  ])('as far as it is there, with $name', ({ bytes, missing }) => {
    const { element, found, end } = read(bytes);
    expect(found).toBe(true);
    expect(element).toMatchObject({ valueEnd: end, nextAt: end + missing, isWhole: false });
  });
});

describe('there is no element', () => {
  test.each([
    { name: 'in no bytes', bytes: hex`` },
    { name: 'in one byte', bytes: hex`30` },
    { name: 'where the length is cut', bytes: hex`30 82 01` },
    { name: 'of indefinite length', bytes: hex`30 80 00 00` },
    { name: 'with its length in five bytes', bytes: hex`30 85 00 00 00 00 00` },
    { name: 'with a tag of several bytes', bytes: hex`3f 81 01 00` },
  ])('$name', ({ bytes }) => {
    expect(read(bytes).found).toBe(false);
  });
});

test('reading never throws, keeps to the bytes, and moves on', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const { element, found, at, end } = read(bytes);
      if (!found) return;
      expect(element.valueAt).toBeGreaterThanOrEqual(at + 2);
      expect(element.valueEnd).toBeGreaterThanOrEqual(element.valueAt);
      expect(element.valueEnd).toBeLessThanOrEqual(end);
      expect(element.nextAt).toBeGreaterThanOrEqual(element.valueEnd);
    }),
    { numRuns: 2000 },
  );
});

function read(element: Uint8Array) {
  const { bytes: ring, at, end } = placed(element);
  const view = new DerElement();
  return { ring, at, end, element: view, found: view.read(ring, at, end) };
}
