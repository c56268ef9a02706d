import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrategy } from '../../../src/evasion/geneva/parse.ts';
import { printStrategy } from '../../../src/evasion/geneva/print.ts';
import { anyStrategy } from '../../support/any-strategy.ts';
import { PUBLISHED } from './published.ts';

test('a hundred published strategies and more are known', () => {
  expect(new Set(PUBLISHED).size).toBeGreaterThanOrEqual(100);
});

test.each(PUBLISHED)('%s is read, printed, and read again as the same', (text) => {
  const read = parseStrategy(text);
  const printed = printStrategy(read);
  expect(parseStrategy(printed)).toEqual(read);
  expect(printStrategy(parseStrategy(printed))).toBe(printed);
});

test.each([
  ['[TCP:flags:PA]-fragment{tcp:8:True}-| \\/', '[TCP:flags:PA]-fragment{tcp:8:True}-| \\/'],
  ['[TCP:flags:PA]-fragment{tcp:8:True}-', '[TCP:flags:PA]-fragment{tcp:8:True}-| \\/'],
  ['"\\/ [TCP:flags:R]-drop-|"', '\\/ [TCP:flags:R]-drop-|'],
  ['[TCP:flags:S]-duplicate(,)-|', '[TCP:flags:S]-duplicate-| \\/'],
  ['  [TCP:flags:S]-drop-|[TCP:flags:A]-drop-|  ', '[TCP:flags:S]-drop-| [TCP:flags:A]-drop-| \\/'],
  ['[TCP:flags:S]-sleep{0.0000001}-|', '[TCP:flags:S]-sleep{0.0000001}-| \\/'],
  ['[TCP:flags:S]-sleep{0.00000015}-|', '[TCP:flags:S]-sleep{0.00000015}-| \\/'],
  ['[TCP:flags:S]-|', '[TCP:flags:S]--| \\/'],
])('%s is printed as %s', (text, want) => {
  expect(printStrategy(parseStrategy(text))).toBe(want);
});

test('whatever a strategy is, what is printed of it is read as the same', () => {
  fc.assert(
    fc.property(anyStrategy(), (strategy) => {
      expect(parseStrategy(printStrategy(strategy))).toEqual(strategy);
    }),
    { numRuns: 500 },
  );
});

test('whatever the text, it is read, or refused with the place', () => {
  const pieces = [
    ...'[]{}()-|\\/:,* "',
    'TCP',
    'flags',
    'PA',
    'duplicate',
    'tamper',
    'replace',
    '8',
    'True',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 40 }), (parts) => {
      try {
        parseStrategy(parts.join(''));
      } catch (error) {
        expect(error).toMatchObject({ code: 'STRATEGY_INVALID' });
        expect((error as Error).message).toMatch(/^strategy:\d+: found .*; expected /);
      }
    }),
    { numRuns: 2000 },
  );
});

describe('what cannot be is shown', () => {
  test.each([
    ['', 1, 'its end', 'a trigger such as [TCP:flags:PA]'],
    ['TCP', 1, '"TCP"', 'a trigger'],
    ['[TPC:flags:PA]-drop-|', 2, '"TPC"', 'a protocol: one of IP, TCP'],
    ['[TCP:flag:PA]-drop-|', 6, '"flag"', 'a field of TCP: one of sport'],
    ['[TCP:flags:X]-drop-|', 12, '"X"', 'flags of TCP: letters of FSRPAUECN'],
    ['[TCP:dport:70000]-drop-|', 12, '"70000"', 'a number from 0 to 65535'],
    ['[TCP:flags:PA]drop-|', 15, '"drop-"', '"-"'],
    ['[TCP:flags:PA]-dorp-|', 16, '"dorp-"', 'one of duplicate, drop'],
    ['[TCP:flags:PA]-drop', 20, 'its end', '"-|"'],
    ['[TCP:flags:PA]-fragment-|', 24, '"-"', '"{"'],
    ['[TCP:flags:PA]-fragment{udp:8:True}-|', 25, '"udp"', 'one of tcp, ip'],
    ['[TCP:flags:PA]-fragment{tcp:x:True}-|', 29, '"x"', 'where to cut'],
    ['[TCP:flags:PA]-fragment{tcp:8:true}-|', 31, '"true"', 'one of True, False'],
    ['[TCP:flags:PA]-duplicate(drop-|', 30, '"-"', '","'],
    ['[TCP:flags:PA]-duplicate(drop,drop-|', 35, '"-"', '")"'],
    ['[TCP:flags:PA]-drop(duplicate,)-|', 20, '"("', 'nothing behind "drop"'],
    ['[TCP:flags:PA]-tamper{TCP:flags:swap:R}-|', 33, '"swap"', 'one of replace, corrupt'],
    ['[TCP:flags:PA]-tamper{TCP:flags:replace}-|', 40, '"}"', '":"'],
    ['[TCP:flags:PA]-tamper{TCP:flags:add:1}-|', 37, '"1"', 'a whole number to add'],
    ['[TCP:flags:PA]-tamper{TCP:seq:replace:x}-|', 39, '"x"', 'a number from 0 to'],
    ['[TCP:flags:PA]-tamper{TCP:load:replace:%zz}-|', 40, '"%"', 'text, in which %'],
    ['[TCP:flags:PA]-tamper{TCP:qd:compress}-|', 27, '"qd"', 'a field of TCP'],
    ['[TCP:flags:PA]-tamper{TCP:flags:corrupt}(drop,drop)-|', 47, '"drop"', 'a closing bracket'],
    ['\\/ [TCP:flags:R]-duplicate-|', 18, '"duplicate-"', 'drop, tamper, sleep or send'],
    ['[TCP:flags:PA]-sleep{x}-|', 22, '"x"', 'seconds from 0 to 60'],
    ['[TCP:flags:PA]-drop-| and more', 23, '"and"', 'a tree, or the end'],
    ['"[TCP:flags:PA]-drop-|', 23, 'its end', 'the quote'],
    [
      `[TCP:flags:PA]-tamper{TCP:options-md5header:replace:${'ab'.repeat(39)}}-|`,
      53,
      `"${'ab'.repeat(39)}"`,
      'at most 38 bytes',
    ],
    [`[TCP:flags:PA]-${'duplicate('.repeat(7000)}`, 1016, '"duplicate"', 'at most 100 actions'],
  ])('%s: at %i, found %s', (text, at, found, expected) => {
    let message = '';
    try {
      parseStrategy(text);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).toContain(`strategy:${at}: found ${found}; expected `);
    expect(message).toContain(expected);
    expect(message.split('\n').at(-1)).toBe(`  ${' '.repeat(at - 1)}^`);
  });
});
