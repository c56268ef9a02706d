import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exemptionOf, isFullyEncrypted } from '../../../src/policy/match/fully-encrypted.ts';
import { ascii, concat, hex, placed } from '../../support/packets.ts';

/** Every second byte prints: four bits of eight set, no more than 20 printable bytes in a row. */
const RANDOM = hex`
  da dd 03 49 13 c5 2d a7 5f d9 f0 5d c7 68 03 91 71 34 80 8e fe d9 7e f8 88 4f 21 51
  b7 12 f6 0f ed 63 4f 60 9f 13 20 33 a1 5b 77 ed 3c ca a2 d2 0f 5b`;

describe('a first payload', () => {
  test('of random bytes is blocked', () => {
    expect(exemption(RANDOM)).toBe(0);
    expect(isFullyEncrypted(RANDOM, 0, RANDOM.length)).toBe(true);
  });

  test.each<{ name: string; bytes: Uint8Array; want: number }>([
    { name: 'of zeros', bytes: new Uint8Array(50), want: 1 },
    { name: 'of ones', bytes: new Uint8Array(50).fill(0xff), want: 1 },
    {
      name: 'of 3.4 bits a byte',
      bytes: repeated([0x07, 0x07, 0x07, 0x0f, 0x0f], [3, 3, 3, 4, 4]),
      want: 1,
    },
    {
      name: 'of 4.6 bits a byte',
      bytes: repeated([0x1f, 0x1f, 0x1f, 0x0f, 0x0f], [5, 5, 5, 4, 4]),
      want: 1,
    },
    {
      name: 'that begins with six printable bytes',
      bytes: concat(ascii('GoodDa'), RANDOM),
      want: 2,
    },
    {
      name: 'that begins with five printable bytes',
      bytes: concat(ascii('GoodD'), RANDOM),
      want: 0,
    },
    {
      name: 'that begins with six, one of them 0x7f',
      bytes: concat(hex`41 42 43 44 45 7f`, RANDOM),
      want: 0,
    },
    { name: 'of six printable bytes', bytes: ascii('GoodDa'), want: 2 },
    { name: 'that is half printable', bytes: repeated([0xe1, 0x6b], [4, 5]), want: 0 },
    {
      name: 'that is more than half printable',
      bytes: repeated([0xe1, 0x69, 0x69], [4, 4, 4]).subarray(0, 99),
      want: 3,
    },
    { name: 'with 21 printable bytes in a row', bytes: around(ascii('k'.repeat(21))), want: 4 },
    { name: 'with 20 printable bytes in a row', bytes: around(ascii('k'.repeat(20))), want: 0 },
    { name: 'that begins as a TLS handshake', bytes: concat(hex`16 03 01`, RANDOM), want: 5 },
    { name: 'that begins as TLS application data', bytes: concat(hex`17 03 09`, RANDOM), want: 5 },
    { name: 'that begins as a TLS alert', bytes: concat(hex`15 03 03`, RANDOM), want: 0 },
    { name: 'of a TLS version above 9', bytes: concat(hex`16 03 0a`, RANDOM), want: 0 },
    { name: 'that begins with GET', bytes: concat(ascii('GET '), RANDOM), want: 5 },
    { name: 'that begins with PUT', bytes: concat(ascii('PUT '), RANDOM), want: 5 },
    { name: 'that begins with POST', bytes: concat(ascii('POST '), RANDOM), want: 5 },
    { name: 'that begins with HEAD', bytes: concat(ascii('HEAD '), RANDOM), want: 5 },
    {
      name: 'that begins with a method and no space',
      bytes: concat(ascii('GET'), RANDOM),
      want: 0,
    },
    { name: 'that is empty', bytes: new Uint8Array(0), want: 1 },
  ])('$name: $want', ({ bytes, want }) => {
    expect(exemption(bytes)).toBe(want);
  });

  test('is exempt as each rule, read for itself, says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(exemption(bytes)).toBe(naive(bytes));
      }),
    );
  });
});

function exemption(payload: Uint8Array): number {
  const { bytes, at, end } = placed(payload);
  return exemptionOf(bytes, at, end);
}

/** Checked against the bits a reader counts, so that a wrong row shows. */
function repeated(bytes: readonly number[], bits: readonly number[]): Uint8Array {
  expect(bytes.map((byte) => byte.toString(2).replaceAll('0', '').length)).toEqual(bits);
  return Uint8Array.from({ length: 100 }, (_, i) => bytes[i % bytes.length] as number);
}

/** Amid bytes of four bits that do not print, so that neither Ex1 nor Ex3 has a say. */
function around(middle: Uint8Array): Uint8Array {
  return concat(new Uint8Array(40).fill(0x8e), middle, new Uint8Array(40).fill(0x8e));
}

function naive(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString('latin1');
  const ones = [...bytes].map((byte) => byte.toString(2).replaceAll('0', '').length);
  const average = ones.reduce((a, b) => a + b, 0) / bytes.length;
  if (bytes.length === 0 || average <= 3.4 || average >= 4.6) return 1;
  if (/^[ -~]{6}/.test(text)) return 2;
  if (text.replace(/[^ -~]/g, '').length / bytes.length > 0.5) return 3;
  if (/[ -~]{21}/.test(text)) return 4;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the fingerprint as the paper has it
  return /^([\x16-\x17]\x03[\x00-\x09]|GET |PUT |POST |HEAD )/.test(text) ? 5 : 0;
}
