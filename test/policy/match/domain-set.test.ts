import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DomainSet } from '../../../src/policy/match/domain-set.ts';
import { ascii, placed } from '../../support/packets.ts';

const BLOCKED = new DomainSet(['azadliq.info', 'meydan.tv', 'xn--80ak6aa92e.com', 'AZADLIQ.org']);

describe('a set of domains', () => {
  test.each([
    { name: 'meydan.tv' },
    { name: 'www.meydan.tv' },
    { name: 'a.b.c.d.meydan.tv' },
    { name: '.meydan.tv' },
    { name: 'MEYDAN.tv' },
    { name: 'wWw.mEyDaN.Tv' },
    { name: 'azadliq.org' },
    { name: 'XN--80AK6AA92E.COM' },
  ])('has $name', ({ name }) => {
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
  ])('has not "$name"', ({ name }) => {
    expect(has(BLOCKED, name)).toBe(false);
  });

  test('without domains has nothing', () => {
    const empty = new DomainSet([]);
    expect(['', '.', 'meydan.tv'].map((name) => has(empty, name))).toEqual([false, false, false]);
  });

  test('with an empty name has nothing more', () => {
    const names = ['', '.', 'example.org', 'example.org.'];
    expect(names.map((name) => has(new DomainSet(['']), name))).not.toContain(true);
  });

  test('reads no byte outside the name', () => {
    const bytes = ascii('www.meydan.tv.example');
    expect(BLOCKED.has(bytes, 4, 13)).toBe(true);
    expect(BLOCKED.has(bytes, 5, 13)).toBe(false);
    expect(BLOCKED.has(bytes, 4, 12)).toBe(false);
  });
});

test('a name is in the set when it is a domain of it or ends with a dot and one, whatever the names', () => {
  const anyName = fc.stringMatching(/^[aAbBzZ@[.]{0,8}$/);
  const domains = fc.array(
    anyName.filter((name) => name !== ''),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(domains, anyName, fc.nat(6), (blocked, name, n) => {
      const below = blocked.length === 0 ? name : `${name}.${blocked[n % blocked.length]}`;
      const set = new DomainSet(blocked);
      expect([has(set, name), has(set, below)]).toEqual(
        [name, below].map((text) => isInOrBelow(text, blocked)),
      );
    }),
    { numRuns: 2000 },
  );
});

test('two domains with one hash are told apart', () => {
  // Found by search: the same 30 bits of FNV-1a, read from the last byte to the first.
  const [first, second] = ['xfie.tv', '1006u.tv'];
  expect(has(new DomainSet([first]), second)).toBe(false);
  expect(has(new DomainSet([first, second]), first)).toBe(true);
  expect(has(new DomainSet([first, second]), second)).toBe(true);
});

function has(set: DomainSet, name: string): boolean {
  const { bytes, at, end } = placed(ascii(name));
  return set.has(bytes, at, end);
}

function isInOrBelow(name: string, domains: readonly string[]): boolean {
  const text = name.toLowerCase();
  return domains
    .map((domain) => domain.toLowerCase())
    .some((domain) => text === domain || text.endsWith(`.${domain}`));
}
