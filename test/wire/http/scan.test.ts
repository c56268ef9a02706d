import { describe, expect, test } from 'vitest';
import * as scan from '../../../src/wire/http/scan.ts';
import { ascii } from '../../support/packets.ts';

test('a token is of the bytes that RFC 9110 lists, and of no others', () => {
  const tokens = Array.from({ length: 256 }, (_, byte) => byte).filter(scan.isTokenByte);
  expect(String.fromCharCode(...tokens)).toBe(
    "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
  );
});

describe('skipping and trimming stay within a range', () => {
  const blanks = ascii(' \t\r \t\r ');
  const folds = ascii('\r\n \n\t\r\n');
  const text = ascii('abcdefg');
  test.each([
    { name: 'skipBlanks', run: scan.skipBlanks, bytes: blanks, want: 5 },
    { name: 'skipText', run: scan.skipText, bytes: text, want: 5 },
    { name: 'skipFolds', run: scan.skipFolds, bytes: folds, want: 5 },
    { name: 'trimEnd', run: scan.trimEnd, bytes: blanks, want: 2 },
    { name: 'trimFolds', run: scan.trimFolds, bytes: folds, want: 2 },
  ])('$name', ({ run, bytes, want }) => {
    expect(run(bytes, 2, 5)).toBe(want);
  });

  test('a line has no CR before its beginning, and of two at its end one is none of its text', () => {
    const bytes = ascii('\rab\r\rx');
    expect(scan.withoutCr(bytes, 1, 1)).toBe(1);
    expect(scan.withoutCr(bytes, 1, 5)).toBe(4);
    expect(scan.withoutCr(bytes, 1, 6)).toBe(6);
  });
});

describe('a word is found at a place', () => {
  const bytes = ascii('x-Host: y');
  const word = ascii('host');
  test.each([
    { at: 2, end: 9, exact: false, any: true },
    { at: 2, end: 6, exact: false, any: true },
    { at: 2, end: 5, exact: false, any: false },
    { at: 1, end: 9, exact: false, any: false },
  ])('from $at to $end: $any', ({ at, end, exact, any }) => {
    expect(scan.startsWith(bytes, at, end, word)).toBe(exact);
    expect(scan.startsWithIgnoringCase(bytes, at, end, word)).toBe(any);
  });

  test('in its own letters, if case counts', () => {
    const [exact, at] = [ascii('Host'), 2];
    expect(scan.startsWith(bytes, at, 6, exact)).toBe(true);
    expect(scan.startsWith(bytes, at, 5, exact)).toBe(false);
  });
});

describe('a decimal number', () => {
  test.each([
    { text: '120', want: 120 },
    { text: '0', want: 0 },
    { text: '', want: 0 },
    { text: '12x4', want: 12 },
    { text: '12/4', want: 12 },
    { text: '12:4', want: 12 },
    { text: '900719925474099', want: 900_719_925_474_099 },
  ])('of "$text" is $want', ({ text, want }) => {
    const bytes = ascii(`${text}7`);
    expect(scan.readNumber(bytes, 0, text.length)).toBe(want);
  });

  test('stays a safe integer, however many digits there are', () => {
    const value = scan.readNumber(ascii('9'.repeat(40)), 0, 40);
    expect(Number.isSafeInteger(value)).toBe(true);
    expect(value).toBeGreaterThan(9e14);
  });
});

test('a byte is found within its range alone', () => {
  const bytes = ascii('a,b,c');
  expect(scan.findByte(bytes, 2, 5, 0x2c)).toBe(3);
  expect(scan.findByte(bytes, 2, 3, 0x2c)).toBe(-1);
});
