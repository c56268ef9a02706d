import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  KeywordSet,
  type KeywordSetOptions,
  parseHex,
} from '../../../src/policy/match/keyword-set.ts';
import { ascii, hex, placed } from '../../support/packets.ts';

describe('keywords', () => {
  test.each<{ keywords: readonly string[]; text: string; want: Hit | undefined }>([
    { keywords: ['tor'], text: 'GET /tor HTTP', want: { index: 0, at: 5, end: 8 } },
    { keywords: ['tor'], text: 'GET /TOR HTTP', want: { index: 0, at: 5, end: 8 } },
    { keywords: ['tor'], text: 'history', want: { index: 0, at: 3, end: 6 } },
    { keywords: ['tor'], text: 'to r', want: undefined },
    { keywords: ['b', 'abc'], text: 'xabc', want: { index: 0, at: 2, end: 3 } },
    { keywords: ['c', 'abc', 'bc'], text: 'abc', want: { index: 1, at: 0, end: 3 } },
    { keywords: ['abcd', 'bx'], text: 'abcbx', want: { index: 1, at: 3, end: 5 } },
    { keywords: ['a', 'a'], text: 'a', want: { index: 0, at: 0, end: 1 } },
    { keywords: ['aab'], text: 'aaaab', want: { index: 0, at: 2, end: 5 } },
    { keywords: [], text: 'abc', want: undefined },
    { keywords: ['a'], text: '', want: undefined },
  ])('$keywords in "$text": $want', ({ keywords, text, want }) => {
    expect(hitIn(new KeywordSet(keywords), ascii(text))).toEqual(want);
  });

  test('may be any bytes', () => {
    const set = new KeywordSet([hex`00 ff 00`, hex`16 03 01`]);
    expect(hitIn(set, hex`ff 00 00 ff 16 03 01 00`)).toEqual({ index: 1, at: 4, end: 7 });
  });

  test('of text are its UTF-8', () => {
    const set = new KeywordSet(['法轮']);
    expect(hitIn(set, new TextEncoder().encode('x法轮'))).toEqual({ index: 0, at: 1, end: 7 });
  });

  test('tell letter case apart if they are asked to', () => {
    const set = new KeywordSet(['Tor'], { caseSensitive: true });
    expect(['tor', 'TOR', 'Tor'].map((text) => hitIn(set, ascii(text)) !== undefined)).toEqual([
      false,
      false,
      true,
    ]);
  });

  test.each([
    { keywords: ['a', ''], message: 'keyword 2 is empty; expected a byte or more' },
    {
      keywords: ['a', new Uint8Array(4 * 1024 * 1024)],
      message: 'the keywords have 4194305 bytes together; expected at most 4194304',
    },
  ])('are refused: $message', ({ keywords, message }) => {
    expect(() => new KeywordSet(keywords)).toThrow(
      expect.objectContaining({ code: 'SCENARIO_INVALID', message }),
    );
  });
});

describe('whole tokens', () => {
  const tor = new KeywordSet(['tor'], { wholeToken: true });
  test.each<{ text: string; want: number | undefined }>([
    { text: 'tor', want: 0 },
    { text: 'GET /tor HTTP', want: 5 },
    { text: 'q=TOR&x', want: 2 },
    { text: 'tor-tor', want: 0 },
    { text: 'history', want: undefined },
    { text: 'torrent', want: undefined },
    { text: 'vector', want: undefined },
    { text: '9tor', want: undefined },
    { text: 'tor2', want: undefined },
    { text: 'xtor tor', want: 5 },
    { text: '_tor_', want: 1 },
    { text: 'tortor', want: undefined },
  ])('"tor" in "$text" begins at $want', ({ text, want }) => {
    expect(hitIn(tor, ascii(text))?.at).toBe(want);
  });

  test('may begin within another keyword, after what is no letter or digit', () => {
    const set = new KeywordSet(['the-tor-project', 'tor'], { wholeToken: true });
    expect(hitIn(set, ascii('the-tor-profile'))).toEqual({ index: 1, at: 4, end: 7 });
    expect(hitIn(set, ascii('the tor-project'))).toEqual({ index: 1, at: 4, end: 7 });
    expect(hitIn(set, ascii('the-xtor-project'))).toBeUndefined();
  });

  test('may begin and end with any byte', () => {
    const set = new KeywordSet(['.onion.'], { wholeToken: true });
    expect(hitIn(set, ascii('..onion..'))?.at).toBe(1);
    expect(hitIn(set, ascii('a.onion.'))).toBeUndefined();
    expect(hitIn(set, ascii('.onion.a'))).toBeUndefined();
  });
});

describe('in a stream', () => {
  test('a keyword that spans pieces is found, and begins before the last of them', () => {
    const set = new KeywordSet(['falun']);
    const state = set.feed(KeywordSet.START, ascii('x fa'), 0, 4);
    expect(set.feed(state, ascii('lun y'), 0, 5)).toBe(KeywordSet.FOUND);
    expect([set.matchedAt, set.matchedEnd]).toEqual([-2, 3]);
  });

  test('a whole token at the end of a piece is found by the next byte', () => {
    const set = new KeywordSet(['tor'], { wholeToken: true });
    const state = set.feed(KeywordSet.START, ascii('tor'), 0, 3);
    expect(state).not.toBe(KeywordSet.FOUND);
    expect(set.feed(state, ascii(' '), 0, 1)).toBe(KeywordSet.FOUND);
    expect(set.feed(state, ascii('r'), 0, 1)).not.toBe(KeywordSet.FOUND);
    expect(set.finish(state, 3)).toBe(true);
    expect([set.keywordIndex, set.matchedAt, set.matchedEnd]).toEqual([0, 0, 3]);
  });

  test('after a hit the state stays', () => {
    const set = new KeywordSet(['a']);
    expect(set.feed(KeywordSet.FOUND, ascii('b'), 0, 1)).toBe(KeywordSet.FOUND);
    expect(set.finish(KeywordSet.FOUND, 1)).toBe(false);
  });
});

test('what is found is what a search at every position finds, in one piece or many', () => {
  const alphabet = fc.stringMatching(/^[abAB1-]{1,5}$/);
  const keywords = fc.array(alphabet, { maxLength: 8 });
  const text = fc.array(fc.constantFrom('a', 'b', 'A', 'B', '1', '-'), { maxLength: 40 });
  const options = fc.record({ caseSensitive: fc.boolean(), wholeToken: fc.boolean() });
  fc.assert(
    fc.property(keywords, text, options, fc.nat(6), (words, letters, how, size) => {
      const set = new KeywordSet(words, how);
      const bytes = ascii(letters.join(''));
      const want = naive(words, letters.join(''), how);
      expect(hitIn(set, bytes)).toEqual(want);
      expect(hitInPieces(set, bytes, 1 + size)).toEqual(want);
    }),
    { numRuns: 5000 },
  );
});

test('keywords of more states than have a table of their own are all found', () => {
  const words = Array.from({ length: 4000 }, (_, i) => `${(i * 7919).toString(36)}.${i};`);
  const set = new KeywordSet(words);
  const missed = words.filter((word, index) => {
    const text = `${words[(index * 31) % 4000]?.slice(0, -1)}${word.slice(0, 3)}${word}`;
    return hitIn(set, ascii(text))?.index !== index;
  });
  expect(missed).toEqual([]);
});

test.each([
  { text: '16 03 01', want: [0x16, 3, 1] },
  { text: '1603FF', want: [0x16, 3, 255] },
  { text: '', want: undefined },
  { text: '1', want: undefined },
  { text: '1 6', want: undefined },
  { text: '0x16', want: [0x16] },
  { text: '0x16 0x03', want: [0x16, 3] },
  { text: '0x', want: undefined },
  { text: '0x1', want: undefined },
  { text: '00x16', want: undefined },
  { text: '16x03', want: undefined },
])('the bytes of "$text" are $want', ({ text, want }) => {
  expect(parseHex(text)).toEqual(want === undefined ? undefined : Uint8Array.from(want));
});

interface Hit {
  readonly index: number;
  readonly at: number;
  readonly end: number;
}

function hitIn(set: KeywordSet, text: Uint8Array): Hit | undefined {
  const { bytes, at, end } = placed(text);
  if (!set.find(bytes, at, end)) return undefined;
  return { index: set.keywordIndex, at: set.matchedAt - at, end: set.matchedEnd - at };
}

function hitInPieces(set: KeywordSet, bytes: Uint8Array, size: number): Hit | undefined {
  let state: number = KeywordSet.START;
  let fedAt = 0;
  for (let at = 0; at < bytes.length && state !== KeywordSet.FOUND; at += size) {
    const piece = bytes.slice(at, at + size);
    fedAt = at;
    state = set.feed(state, piece, 0, piece.length);
  }
  const isFound = state === KeywordSet.FOUND || set.finish(state, bytes.length - fedAt);
  if (!isFound) return undefined;
  return { index: set.keywordIndex, at: fedAt + set.matchedAt, end: fedAt + set.matchedEnd };
}

/** The hit that ends first and, of those, the longest. */
function naive(words: readonly string[], text: string, how: KeywordSetOptions): Hit | undefined {
  const fold = (s: string): string => (how.caseSensitive ? s : s.toLowerCase());
  const isToken = (char: string | undefined): boolean => /^[A-Za-z0-9]$/.test(char ?? '');
  for (let end = 1; end <= text.length; end++) {
    for (let at = 0; at < end; at++) {
      if (how.wholeToken && (isToken(text[at - 1]) || isToken(text[end]))) continue;
      const index = words.findIndex((word) => fold(word) === fold(text.slice(at, end)));
      if (index >= 0) return { index, at, end };
    }
  }
  return undefined;
}
