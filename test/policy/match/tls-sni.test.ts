import { expect, test } from 'vitest';
import { DomainSet } from '../../../src/policy/match/domain-set.ts';
import { tlsSni } from '../../../src/policy/match/tls-sni.ts';
import { ascii, placed } from '../../support/packets.ts';

const MATCHER = tlsSni(new DomainSet(['meydan.tv']));

test.each([
  { sni: 'meydan.tv', want: true },
  { sni: 'www.Meydan.TV', want: true },
  { sni: 'meydan.tv.', want: true },
  { sni: 'meydan.tv..', want: false },
  { sni: 'meydan.tv:443', want: false },
  { sni: 'notmeydan.tv', want: false },
  { sni: '.', want: false },
  { sni: '', want: false },
])('that server_name "$sni" is blocked is $want', ({ sni, want }) => {
  const { bytes, at, end } = placed(ascii(sni));
  expect(MATCHER.matches(bytes, at, end)).toBe(want);
});

test('it asks for the server_name', () => {
  expect(MATCHER.observes).toBe('tls.sni');
});
