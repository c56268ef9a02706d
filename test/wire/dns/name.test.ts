import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BAD_NAME, DnsName, SHORT_NAME, skipName } from '../../../src/wire/dns/name.ts';
import { labels } from '../../support/dns.ts';
import { ascii, concat, hex, placed } from '../../support/packets.ts';

const HEADER = hex`12 34 01 00 00 01 00 00 00 00 00 00`;

describe('a name is its labels with dots between', () => {
  const longest = ['a'.repeat(63), 'b'.repeat(63), 'c'.repeat(63), 'd'.repeat(61)];
  test.each([
    { name: 'the root', of: [], text: '' },
    { name: 'one label', of: ['tv'], text: 'tv' },
    { name: 'three labels', of: ['www', 'meydan', 'tv'], text: 'www.meydan.tv' },
    { name: 'letters as they are', of: ['wWw', 'MEYDAN'], text: 'wWw.MEYDAN' },
    { name: 'the longest', of: longest, text: longest.join('.') },
  ])('$name', ({ of, text }) => {
    const bytes = labels(...of);
    expect(read(bytes)).toEqual({ next: bytes.length, text, hasOddLabel: false });
  });

  test.each([
    { name: 'a dot', of: ['www.meydan', 'tv'], text: 'www\0meydan.tv' },
    { name: 'a NUL', of: ['tv\0', 'x'], text: 'tv\0.x' },
  ])('but $name inside a label is no dot, and is noted', ({ of, text }) => {
    expect(read(labels(...of))).toMatchObject({ text, hasOddLabel: true });
  });
});

describe('no name', () => {
  const most = ['a', 'b', 'c'].map((letter) => letter.repeat(63));
  test.each([
    { name: 'is longer than 255 bytes', bytes: labels(...most, 'd'.repeat(62)) },
    { name: 'has a label of 64 bytes', bytes: labels('a'.repeat(64)) },
    { name: 'has a label of the type that was given up', bytes: hex`41 00` },
    { name: 'points to itself', bytes: hex`c0 0c` },
    { name: 'points forward', bytes: hex`c0 0e 00` },
    { name: 'points back to its own label', bytes: hex`01 61 c0 0c` },
  ])('$name', ({ bytes }) => {
    expect(read(bytes).next).toBe(BAD_NAME);
  });

  test.each([
    { name: 'without bytes', bytes: hex`` },
    { name: 'without its root', bytes: hex`02 74 76` },
    { name: 'in the middle of a label', bytes: hex`03 74 76` },
    { name: 'in the middle of a pointer', bytes: hex`02 74 76 c0` },
  ])('is whole $name', ({ bytes }) => {
    expect(read(bytes).next).toBe(SHORT_NAME);
    expect(skip(bytes)).toBe(SHORT_NAME);
  });
});

const first = concat(HEADER, labels('meydan', 'tv')); // at 12, its tv at 19

describe('a compression pointer', () => {
  test.each([
    { name: 'alone', bytes: hex`c0 0c`, text: 'meydan.tv' },
    { name: 'behind labels', bytes: hex`03 77 77 77 c0 0c`, text: 'www.meydan.tv' },
    { name: 'into the middle of a name', bytes: hex`01 78 c0 13`, text: 'x.tv' },
    { name: 'to a root', bytes: hex`01 78 c0 16`, text: 'x' },
  ])('$name leads to the name before it, and reading goes on behind it', ({ bytes, text }) => {
    const message = concat(first, bytes, hex`00 01 00 01`);
    const { next, text: got } = read(message, first.length, 0);
    expect({ next: next - first.length, text: got }).toEqual({ next: bytes.length, text });
  });

  test('may lead to another, further back', () => {
    const message = concat(first, hex`01 78 c0 0c  01 79 c0 17`); // x at 23, y at 27
    expect(read(message, 27)).toMatchObject({ next: 4, text: 'y.x.meydan.tv' });
  });

  test('counts from the start of the message, wherever that lies', () => {
    const { bytes, at, end } = placed(concat(first, hex`c0 0c`));
    const name = new DnsName();
    expect(name.read(bytes, at, end - 2, end)).toBe(end);
    expect(textOf(name)).toBe('meydan.tv');
  });

  test.each([
    { name: 'two that lead to each other', bytes: hex`c0 19 c0 17`, at: 23 },
    { name: 'one that leads to labels that lead back', bytes: hex`01 78 c0 17`, at: 23 },
    {
      name: 'one that makes the name longer than 255 bytes',
      bytes: concat(
        labels('a'.repeat(63), 'a'.repeat(63), 'a'.repeat(63)),
        labels('b'.repeat(62)).slice(0, -1),
        hex`c0 17`,
      ),
      at: 23 + 193,
    },
  ])('is not followed for ever: $name', ({ bytes, at }) => {
    expect(read(concat(first, bytes), at, 0).next).toBe(BAD_NAME);
  });
});

test('at most 127 pointers are followed, one to another', () => {
  const chain = Array.from({ length: 128 }, (_, i) => {
    const target = i === 0 ? 12 : first.length + 2 * (i - 1);
    return Uint8Array.of(0xc0 + (target >> 8), target);
  });
  const message = concat(first, ...chain);
  const at = (pointers: number): number => first.length + 2 * (pointers - 1);
  expect(read(message, at(127)).next).toBe(2);
  expect(read(message, at(128), 0).next).toBe(BAD_NAME);
});

test('nothing of the last name is left after the next', () => {
  const name = new DnsName();
  const odd = labels('a.b');
  name.read(odd, 0, 0, odd.length);
  name.read(hex`00`, 0, 0, 1);
  expect([textOf(name), name.hasOddLabel]).toEqual(['', false]);
});

test('skipping a name comes out where reading it does', () => {
  const parts = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 5 });
  fc.assert(
    fc.property(parts, fc.boolean(), (texts, isCompressed) => {
      const own = labels(...texts.map((text) => text.replace(/[^ -~]/g, '?')));
      const bytes = isCompressed ? concat(own.slice(0, -1), hex`c0 02`) : own;
      const message = concat(hex`00 00 01 78 00`, bytes);
      expect(new DnsName().read(message, 0, 5, message.length)).toBe(message.length);
      expect(skipName(message, 5, message.length)).toBe(message.length);
    }),
  );
});

test('whatever the bytes, reading never throws, ends, and stays inside the 255 bytes of a name', () => {
  const anyPart = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .tuple(fc.constantFrom(0xc0, 0xc1), fc.nat(0xff))
      .map(([high, low]) => Uint8Array.of(high, low)),
    fc
      .integer({ min: 1, max: 63 })
      .map((length) => concat(Uint8Array.of(length), new Uint8Array(length).fill(length))),
    fc.constant(ascii('\u0003www')),
  );
  const name = new DnsName();
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 20 }), fc.nat(400), (parts, n) => {
      const { bytes, at, end } = placed(concat(...parts));
      const nameAt = Math.min(at + n, end);
      const next = name.read(bytes, at, nameAt, end);
      expect(name.end).toBeLessThanOrEqual(253);
      if (next >= 0) expect(nameAt < next && next <= end).toBe(true);
      const skipped = skipName(bytes, nameAt, end);
      if (next >= 0) expect(skipped).toBe(next);
    }),
    { numRuns: 2000 },
  );
});

/** Behind a header, as a question is, unless said otherwise. */
function read(name: Uint8Array, at = 12, nextFrom = at) {
  const message = at === 12 ? concat(HEADER, name) : name;
  const reader = new DnsName();
  const next = reader.read(message, 0, at, message.length);
  return {
    next: next < 0 ? next : next - nextFrom,
    text: textOf(reader),
    hasOddLabel: reader.hasOddLabel,
  };
}

function skip(name: Uint8Array): number {
  const { bytes, at, end } = placed(name);
  return skipName(bytes, at, end);
}

function textOf({ bytes, end }: DnsName): string {
  return Buffer.from(bytes.slice(0, end)).toString('latin1');
}
