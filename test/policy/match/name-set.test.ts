import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldingOf } from '../../../src/policy/match/byte-folding.ts';
import { codesOf, mix, step } from '../../../src/policy/match/name-hash.ts';
import { type NameScope, NameSet } from '../../../src/policy/match/name-set.ts';
import { ascii, placed } from '../../support/packets.ts';

const BLOCKED = new NameSet(['azadliq.info', 'meydan.tv', 'xn--80ak6aa92e.com', 'AZADLIQ.org']);

describe('a set of names', () => {
  test.each([
    { name: 'meydan.tv' },
    { name: 'www.meydan.tv' },
    { name: 'a.b.c.d.meydan.tv' },
    { name: '.meydan.tv' },
    { name: 'MEYDAN.tv' },
    { name: 'wWw.mEyDaN.Tv' },
    { name: 'azadliq.org' },
    { name: 'XN--80AK6AA92E.COM' },
  ])('covers $name by suffix', ({ name }) => {
    expect(has(BLOCKED, name)).toBe(true);
  });

  test.each([
    { name: 'notmeydan.tv' },
    { name: 'eydan.tv' },
    { name: 'tv' },
    { name: 'meydan' },
    { name: 'meydan.tv.example.org' },
    { name: 'meydan.tv.' },
    { name: 'meydan.tvx' },
    { name: 'www.meydan-tv' },
    { name: 'meydan\0tv' },
    { name: 'meydan.info' },
    { name: '.' },
    { name: '' },
  ])('does not cover "$name"', ({ name }) => {
    expect(has(BLOCKED, name)).toBe(false);
  });

  test.each([
    { name: 'meydan.tv', want: true },
    { name: 'MEYDAN.TV', want: true },
    { name: 'www.meydan.tv', want: false },
    { name: '.meydan.tv', want: false },
  ])('covers $name exactly: $want', ({ name, want }) => {
    expect(has(BLOCKED, name, 'exact')).toBe(want);
  });

  test('without names covers nothing', () => {
    const empty = new NameSet([]);
    expect(['', '.', 'meydan.tv'].map((name) => has(empty, name))).toEqual([false, false, false]);
    expect(empty.count).toBe(0);
  });

  test('an empty name adds nothing', () => {
    const names = ['', '.', 'example.org', 'example.org.'];
    const set = new NameSet(['', '.', '*.', ' ']);
    expect(names.map((name) => has(set, name))).not.toContain(true);
    expect(set.count).toBe(0);
  });

  test('reads no byte outside the name', () => {
    const bytes = ascii('www.meydan.tv.example');
    expect(BLOCKED.has(bytes, 4, 13, 'suffix')).toBe(true);
    expect(BLOCKED.has(bytes, 5, 13, 'suffix')).toBe(false);
    expect(BLOCKED.has(bytes, 4, 12, 'suffix')).toBe(false);
  });

  test('says where the name that is listed begins, the shortest if there are several', () => {
    const set = new NameSet(['a.meydan.tv', 'meydan.tv']);
    const { bytes, at, end } = placed(ascii('b.a.meydan.tv'));
    expect(set.has(bytes, at, end, 'suffix')).toBe(true);
    expect(set.matchedAt - at).toBe('b.a.'.length);
  });

  test('counts a name once, whatever its letter case and however it is listed', () => {
    expect(new NameSet(['a.tv', 'A.tv', '.a.tv', '*.A.TV', 'b.tv']).count).toBe(2);
  });

  test('tells letter case apart if it is asked to', () => {
    const set = new NameSet(['Meydan.tv', 'meydan.TV'], { caseSensitive: true });
    const names = ['Meydan.tv', 'www.meydan.TV', 'meydan.tv', 'MEYDAN.TV'];
    expect(names.map((name) => has(set, name))).toEqual([true, true, false, false]);
    expect(set.count).toBe(2);
  });

  test('holds names that are not ASCII as UTF-8, and folds none of their bytes', () => {
    const set = new NameSet(['müller.example']);
    const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
    expect(set.has(utf8('www.Müller.example'), 0, 19, 'suffix')).toBe(true);
    expect(set.has(utf8('MÜLLER.example'), 0, 15, 'suffix')).toBe(false);
  });
});

describe('what stands before a name in the list', () => {
  test.each<{ listed: readonly string[]; name: string; exact: boolean; suffix: boolean }>([
    { listed: ['a.tv'], name: 'a.tv', exact: true, suffix: true },
    { listed: ['a.tv'], name: 'b.a.tv', exact: false, suffix: true },
    { listed: ['.a.tv'], name: 'a.tv', exact: true, suffix: true },
    { listed: ['.a.tv'], name: 'c.b.a.tv', exact: true, suffix: true },
    { listed: ['*.a.tv'], name: 'a.tv', exact: false, suffix: false },
    { listed: ['*.a.tv'], name: 'c.b.a.tv', exact: true, suffix: true },
    { listed: ['*.a.tv', 'a.tv'], name: 'a.tv', exact: true, suffix: true },
    { listed: ['a.tv', '*.a.tv'], name: 'b.a.tv', exact: true, suffix: true },
    { listed: ['*.b.a.tv', '.a.tv'], name: 'b.a.tv', exact: true, suffix: true },
  ])('$listed: $name exactly $exact, by suffix $suffix', ({ listed, name, exact, suffix }) => {
    const set = new NameSet(listed);
    expect({ exact: has(set, name, 'exact'), suffix: has(set, name, 'suffix') }).toEqual({
      exact,
      suffix,
    });
  });
});

test('names are covered as a plain reading of the list says, whatever they are', () => {
  const anyName = fc.stringMatching(/^[aAbBzZ@[.]{0,8}$/);
  const listed = fc.array(
    fc.record({
      prefix: fc.constantFrom('', '.', '*.'),
      name: fc.stringMatching(/^[aAbZ@[][aBz.]{0,5}$/),
    }),
    { maxLength: 6 },
  );
  const scopes = fc.constantFrom<NameScope>('exact', 'suffix');
  const options = fc.record({ caseSensitive: fc.boolean(), seed: fc.integer() });
  fc.assert(
    fc.property(listed, anyName, fc.nat(6), scopes, options, (list, name, n, scope, how) => {
      const set = new NameSet(
        list.map(({ prefix, name }) => prefix + name),
        how,
      );
      const below = list.length === 0 ? name : `${name}.${list[n % list.length]?.name}`;
      for (const text of [name, below, list[0]?.name ?? '']) {
        expect(has(set, text, scope)).toBe(isCovered(text, list, scope, how.caseSensitive));
      }
    }),
    { numRuns: 3000 },
  );
});

test('of 200,000 names each is found, and none of 200,000 others', () => {
  const name = (i: number): string => `${(i * 2_654_435_761).toString(36)}.example`;
  const set = new NameSet(Array.from({ length: 200_000 }, (_, i) => name(i)));
  expect(set.count).toBe(200_000);
  const wrong = Array.from({ length: 400_000 }, (_, i) => i).filter(
    (i) => set.has(ascii(name(i)), 0, name(i).length, 'exact') !== i < 200_000,
  );
  expect(wrong).toEqual([]);
});

test('names made to fall into one slot under the seed are placed under another', () => {
  const names = collidingNames(600, 2048, 7);
  const set = new NameSet(names, { seed: 7 });
  expect(set.count).toBe(600);
  expect(names.filter((name) => !has(set, name, 'exact'))).toEqual([]);
});

function has(set: NameSet, name: string, scope: NameScope = 'suffix'): boolean {
  const { bytes, at, end } = placed(ascii(name));
  return set.has(bytes, at, end, scope);
}

function isCovered(
  name: string,
  list: readonly { readonly prefix: string; readonly name: string }[],
  scope: NameScope,
  caseSensitive: boolean,
): boolean {
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase());
  const text = fold(name);
  return list.some(({ prefix, name: listed }) => {
    const rootless = fold(listed).replace(/\.$/, '');
    const isSelf = text === rootless && prefix !== '*.';
    const isBelow = text.endsWith(`.${rootless}`) && (prefix !== '' || scope === 'suffix');
    return isSelf || isBelow;
  });
}

/** Names whose search in a table of `slotCount` begins at its first slot. */
function collidingNames(count: number, slotCount: number, seed: number): string[] {
  const codes = codesOf(foldingOf(false), seed);
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    const name = i.toString(36);
    let hash = 0;
    for (let k = name.length - 1; k >= 0; k--)
      hash = step(hash, codes[name.charCodeAt(k)] as number);
    if ((mix(hash) & (slotCount - 1)) === 0) names.push(name);
  }
  return names;
}
