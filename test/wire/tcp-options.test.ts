import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findTcpOption,
  formatTcpOptions,
  MAXIMUM_SEGMENT_SIZE,
  MD5_SIGNATURE,
  NO_OPERATION,
  SACK,
  SACK_PERMITTED,
  TIMESTAMPS,
  timestampEcho,
  timestampValue,
  WINDOW_SCALE,
} from '../../src/wire/tcp-options.ts';
import { concat, hex, placed } from '../support/packets.ts';

/** Of a SYN of Linux. */
const SYN = hex`
  02 04 05 b4               # mss 1460
  04 02                     # sackOK
  08 0a ff ff ff fe 00 00 00 00
  01                        # nop
  03 03 07                  # wscale 7
`;
const MD5 = concat(hex`13 12`, new Uint8Array(16).fill(0xab));

describe('an option is found where it lies', () => {
  test.each([
    { name: 'the segment size', kind: MAXIMUM_SEGMENT_SIZE, at: 0 },
    { name: 'SACK permitted', kind: SACK_PERMITTED, at: 4 },
    { name: 'the timestamps', kind: TIMESTAMPS, at: 6 },
    { name: 'a no-operation', kind: NO_OPERATION, at: 16 },
    { name: 'the window scale', kind: WINDOW_SCALE, at: 17 },
  ])('$name', ({ kind, at }) => {
    expect(find(SYN, kind)).toBe(at);
  });

  test.each([
    {
      name: 'the MD5 signature behind padding',
      options: concat(hex`01 01`, MD5),
      kind: MD5_SIGNATURE,
      at: 2,
    },
    { name: 'the first of two', options: hex`03 03 01 03 03 02`, kind: WINDOW_SCALE, at: 0 },
    {
      name: 'one of right length behind one that is not',
      options: hex`03 04 01 01 03 03 02`,
      kind: WINDOW_SCALE,
      at: 4,
    },
    { name: 'an unknown kind of any length', options: hex`01 1e 05 00 00 00`, kind: 30, at: 1 },
    {
      name: 'SACK of two blocks',
      options: concat(hex`05 12`, new Uint8Array(16)),
      kind: SACK,
      at: 0,
    },
  ])('$name', ({ options, kind, at }) => {
    expect(find(options, kind)).toBe(at);
  });
});

describe('no option is found', () => {
  test.each([
    { name: 'where there are none', options: hex``, kind: TIMESTAMPS },
    { name: 'of a kind that is not there', options: SYN, kind: MD5_SIGNATURE },
    { name: 'behind the end of options', options: concat(hex`01 00`, MD5), kind: MD5_SIGNATURE },
    { name: 'behind a length of zero', options: concat(hex`1e 00`, MD5), kind: MD5_SIGNATURE },
    { name: 'behind a length of one', options: concat(hex`1e 01`, MD5), kind: MD5_SIGNATURE },
    { name: 'behind a length past the end', options: concat(hex`1e ff`, MD5), kind: MD5_SIGNATURE },
    { name: 'inside another', options: concat(hex`1e 14`, MD5), kind: MD5_SIGNATURE },
    { name: 'that is cut', options: MD5.slice(0, 17), kind: MD5_SIGNATURE },
    { name: 'that is a kind only', options: hex`13`, kind: MD5_SIGNATURE },
    { name: 'of a wrong length', options: hex`13 04 00 00`, kind: MD5_SIGNATURE },
    {
      name: 'that is a segment size of a wrong length',
      options: hex`02 03 05`,
      kind: MAXIMUM_SEGMENT_SIZE,
    },
    {
      name: 'that is a SACK permitted of a wrong length',
      options: hex`04 03 00`,
      kind: SACK_PERMITTED,
    },
  ])('$name', ({ options, kind }) => {
    expect(find(options, kind)).toBe(-1);
  });
});

test.each([MD5_SIGNATURE, NO_OPERATION])('option %i is not looked for in the payload', (kind) => {
  const frame = concat(hex`02 04 05 b4`, hex`01`, MD5);
  expect(findTcpOption(frame, 0, 4, kind)).toBe(-1);
});

test('the two timestamps are read as sequence numbers are', () => {
  const options = hex`08 0a ff ff ff fe 80 00 00 01`;
  expect([timestampValue(options, 0), timestampEcho(options, 0)]).toEqual([-2, -(2 ** 31) + 1]);
});

describe('options are written as packetdrill writes them', () => {
  test.each([
    { options: hex``, want: '' },
    { options: SYN, want: '<mss 1460,sackOK,TS val 4294967294 ecr 0,nop,wscale 7>' },
    { options: hex`01 01 05 0a 00 00 00 01 ff ff ff ff`, want: '<nop,nop,sack 1:4294967295>' },
    {
      options: concat(hex`05 12`, hex`00 00 00 01 00 00 00 02 00 00 00 07 00 00 00 09`),
      want: '<sack 1:2 7:9>',
    },
    {
      options: concat(hex`13 12`, hex`0b`, new Uint8Array(15)),
      want: `<md5 0b${'00'.repeat(15)}>`,
    },
    { options: MD5, want: `<md5 ${'ab'.repeat(16)}>` },
    { options: hex`01 00 13 13`, want: '<nop,eol>' },
    { options: hex`1e 04 00 00 01`, want: '<kind 30 length 4,nop>' },
    { options: hex`08 04 00 00`, want: '<kind 8 length 4>' },
    { options: hex`01 02 05 05 b4`, want: '<nop,malformed>' },
    { options: hex`08`, want: '<malformed>' },
  ])('$want', ({ options, want }) => {
    const { bytes, at, end } = placed(options);
    expect(formatTcpOptions(bytes, at, end)).toBe(want);
  });
});

test('whatever the bytes, a found option lies whole inside them, and nothing throws', () => {
  const anyOptions = fc.array(
    fc.oneof(
      fc.constantFrom(SYN, MD5, hex`01`, hex`01 01`),
      fc.uint8Array({ maxLength: 6 }),
      fc.tuple(fc.nat(0xff), fc.nat(6)).map(([kind, length]) => Uint8Array.of(kind, length)),
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(anyOptions, fc.nat(0xff), fc.boolean(), (parts, any, isMd5) => {
      const kind = isMd5 ? MD5_SIGNATURE : any;
      const { bytes, at, end } = placed(concat(...parts));
      formatTcpOptions(bytes, at, end);
      const found = findTcpOption(bytes, at, end, kind);
      if (found < 0) return;
      expect(bytes[found]).toBe(kind);
      expect(found).toBeGreaterThanOrEqual(at);
      const length = kind <= NO_OPERATION ? 1 : (bytes[found + 1] ?? 0);
      expect(found + length).toBeLessThanOrEqual(end);
    }),
    { numRuns: 1000 },
  );
});

function find(options: Uint8Array, kind: number): number {
  const { bytes, at, end } = placed(options);
  const found = findTcpOption(bytes, at, end, kind);
  return found < 0 ? found : found - at;
}
