import { expect, test } from 'vitest';
import { alpnOf } from '../../../src/wire/tls/alpn.ts';
import { ascii, concat, hex } from '../../support/packets.ts';

const LIST = hex`ff 02 68 32 08 68 74 74 70 2f 31 2e 31 03 61 62 63`;

test.each([
  { name: 'all of them', at: 1, end: 13, want: ['h2', 'http/1.1'] },
  { name: 'those that are whole', at: 1, end: 16, want: ['h2', 'http/1.1'] },
  { name: 'the last one with its last byte', at: 1, end: 17, want: ['h2', 'http/1.1', 'abc'] },
  { name: 'none of an empty list', at: 1, end: 1, want: [] },
  { name: 'null where there is no list', at: -1, end: 13, want: null },
])('the protocols that ALPN offers are seen: $name', ({ at, end, want }) => {
  expect(alpnOf(LIST, at, end)).toEqual(want);
});

test('names without letters are left out, and of many the first 64 are kept', () => {
  const many = Array.from({ length: 100 }, (_, i) => concat(hex`00 03`, ascii(`${100 + i}`)));
  const list = concat(...many);
  const want = Array.from({ length: 64 }, (_, i) => `${100 + i}`);
  expect(alpnOf(list, 0, list.length)).toEqual(want);
});

test('bytes that do not print become dots', () => {
  expect(alpnOf(hex`05 61 00 ff 7f 20`, 0, 6)).toEqual(['a... ']);
});

test('a list at the very beginning of its bytes is one', () => {
  expect(alpnOf(LIST.subarray(1), 0, 3)).toEqual(['h2']);
});
