import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Action,
  type ActionTree,
  FIELDS,
  type FieldKind,
  type FieldName,
  type GenevaStrategy,
  type Protocol,
} from '../../../src/evasion/geneva/notation.ts';
import { parseStrategy } from '../../../src/evasion/geneva/parse.ts';
import { printStrategy } from '../../../src/evasion/geneva/print.ts';
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
  ['[TCP:flags:S]-|', '[TCP:flags:S]--| \\/'],
])('%s is printed as %s', (text, want) => {
  expect(printStrategy(parseStrategy(text))).toBe(want);
});

test('whatever a strategy is, what is printed of it is read as the same', () => {
  fc.assert(
    fc.property(strategies(), (strategy) => {
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

function strategies(): fc.Arbitrary<GenevaStrategy> {
  return fc.record({
    out: fc.array(tree('out'), { maxLength: 3 }),
    in: fc.array(tree('in'), { maxLength: 2 }),
  });
}

function tree(direction: 'out' | 'in'): fc.Arbitrary<ActionTree> {
  return fc.record({
    trigger: fields().chain((field) =>
      fc.record({
        field: fc.constant(field),
        value: anyValueOf(field, true),
        gas: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
      }),
    ),
    action: fc.option(actions(direction), { nil: undefined }),
  });
}

function actions(direction: 'out' | 'in', depth = 3): fc.Arbitrary<Action> {
  const next =
    depth === 0
      ? fc.constant(undefined)
      : fc.option(
          fc.nat().chain(() => actions(direction, depth - 1)),
          { nil: undefined },
        );
  const branches = { first: next, second: next };
  const tamper = fields().chain((field): fc.Arbitrary<Action> => {
    if (field.name === 'qd') {
      return fc.record({
        do: fc.constant('tamper' as const),
        field: fc.constant(field),
        how: fc.constant('compress' as const),
        value: fc.constant(undefined),
        next,
      });
    }
    return fc.oneof(
      fc.record({
        do: fc.constant('tamper' as const),
        field: fc.constant(field),
        how: fc.constant('corrupt' as const),
        value: fc.constant(undefined),
        next,
      }),
      fc.record({
        do: fc.constant('tamper' as const),
        field: fc.constant(field),
        how: fc.constant('replace' as const),
        value: anyValueOf(field, false),
        next,
      }),
    );
  });
  const either: fc.Arbitrary<Action>[] = [
    fc.constant({ do: 'drop' } as const),
    fc.constant({ do: 'send' } as const),
    fc.record({ do: fc.constant('sleep' as const), seconds: fc.constantFrom(0, 1, 0.25), next }),
    tamper,
  ];
  if (direction === 'in') return fc.oneof(...either);
  return fc.oneof(
    ...either,
    fc.record({ do: fc.constant('duplicate' as const), ...branches }),
    fc.record({
      do: fc.constant('fragment' as const),
      layer: fc.constantFrom('tcp' as const, 'ip' as const),
      size: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 60 })),
      inOrder: fc.boolean(),
      overlap: fc.nat({ max: 50 }),
      ...branches,
    }),
  );
}

function fields(): fc.Arbitrary<FieldName> {
  const all = Object.entries(FIELDS).flatMap(([protocol, ofIt]) =>
    Object.keys(ofIt).map((name) => ({ protocol: protocol as Protocol, name })),
  );
  return fc.constantFrom(...all);
}

function anyValueOf({ protocol, name }: FieldName, isTrigger: boolean): fc.Arbitrary<string> {
  const kind = (FIELDS[protocol] as Readonly<Record<string, FieldKind>>)[name] as FieldKind;
  switch (kind.is) {
    case 'number':
      return fc.integer({ min: 0, max: 2 ** kind.bits - 1 }).map(String);
    case 'tcp-flags':
      return fc.constantFrom('S', 'SA', 'PA', 'FRAPUECN', isTrigger ? 'R*' : 'R');
    case 'ip-flags':
      return fc.constantFrom('DF', 'MF+DF', 'evil', '');
    case 'address':
      return fc.ipV4();
    case 'option':
      return kind.length === undefined
        ? fc.constantFrom('', '00ff')
        : fc.integer({ min: 0, max: 2 ** Math.min(8 * kind.length, 32) - 1 }).map(String);
    case 'bytes':
      return fc.string({ maxLength: 12 }).map(encodeURIComponent);
    case 'name':
    case 'question':
      return fc.constantFrom('example.org.', '');
  }
}
