import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  copyBytes,
  i32,
  i32LE,
  lower,
  printable,
  putU16,
  putU16LE,
  putU32,
  putU32LE,
  u8,
  u16,
  u16LE,
  u24,
} from '../../src/base/bytes.ts';
import { ascii, hex } from '../support/packets.ts';

const BYTES = hex`01 80 ff 7f fe`;

describe('numbers in bytes', () => {
  test('are little-endian where their names say so', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 12 }), fc.nat(), (bytes, n) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const at = n % (bytes.length - 3);
        expect(u16LE(bytes, at)).toBe(view.getUint16(at, true));
        expect(i32LE(bytes, at)).toBe(view.getInt32(at, true));
      }),
    );
  });

  test('are big-endian, as DataView reads them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 12 }), fc.nat(), (bytes, n) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset);
        const at = n % (bytes.length - 3);
        expect(u8(bytes, at)).toBe(view.getUint8(at));
        expect(u16(bytes, at)).toBe(view.getUint16(at));
        expect(u24(bytes, at)).toBe(view.getUint32(at) >>> 8);
        expect(i32(bytes, at)).toBe(view.getInt32(at));
      }),
    );
  });

  test.each([
    { name: 'u8', read: u8, want: 0 },
    { name: 'u16', read: u16, want: 0xfe00 },
    { name: 'u24', read: u24, want: 0xfe0000 },
    { name: 'i32', read: i32, want: 0xfe000000 | 0 },
  ])('$name reads zeros beyond the end', ({ name, read, want }) => {
    expect(read(BYTES, name === 'u8' ? 5 : 4)).toBe(want);
  });

  test('putU32 writes what i32 reads, signed or unsigned, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), (value) => {
        const bytes = new Uint8Array(6).fill(0xee);
        putU32(bytes, 1, value);
        expect(i32(bytes, 1)).toBe(value | 0);
        expect([bytes[0], bytes[5]]).toEqual([0xee, 0xee]);
      }),
    );
  });

  test('putU16 keeps the low 16 bits', () => {
    const bytes = new Uint8Array(2);
    putU16(bytes, 0, 0x12345);
    expect(bytes).toEqual(hex`23 45`);
  });
});

describe('little-endian numbers', () => {
  test('are written as DataView reads them', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), (value) => {
        const bytes = new Uint8Array(8).fill(0xee);
        putU32LE(bytes, 1, value);
        putU16LE(bytes, 5, value);
        const view = new DataView(bytes.buffer);
        expect([view.getUint32(1, true), view.getUint16(5, true)]).toEqual([
          value >>> 0,
          value & 0xffff,
        ]);
        expect([bytes[0], bytes[7]]).toEqual([0xee, 0xee]);
      }),
    );
  });
});

describe('copyBytes', () => {
  test('copies a range of another array, and only it', () => {
    const target = ascii('........');
    copyBytes(target, 2, ascii('abcdef'), 1, 4);
    expect(target).toEqual(ascii('..bcd...'));
  });

  test.each([
    { name: 'forwards', targetAt: 2, want: 'ababcdgh' },
    { name: 'backwards', targetAt: 0, at: 2, want: 'cdefefgh' },
  ])('copies within one array though the ranges overlap: $name', ({ targetAt, at = 0, want }) => {
    const bytes = ascii('abcdefgh');
    copyBytes(bytes, targetAt, bytes, at, at + 4);
    expect(bytes).toEqual(ascii(want));
  });
});

describe('text in bytes', () => {
  test('printable shows ASCII and a dot for each byte that would break a log line', () => {
    const bytes = hex`61 0d 0a 1b 7f 80 ff 20 7e`;
    expect(printable(bytes, 0, bytes.length)).toBe('a...... ~');
    expect(printable(ascii('abcdef'), 2, 4)).toBe('cd');
  });

  test('lower changes A to Z and no other byte', () => {
    const all = Array.from({ length: 256 }, (_, byte) => byte);
    const changed = all.filter((byte) => lower(byte) !== byte);
    expect(String.fromCharCode(...changed)).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    expect(String.fromCharCode(...changed.map(lower))).toBe('abcdefghijklmnopqrstuvwxyz');
  });
});
