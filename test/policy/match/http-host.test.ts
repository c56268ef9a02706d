import { expect, test } from 'vitest';
import { DomainSet } from '../../../src/policy/match/domain-set.ts';
import { httpHost } from '../../../src/policy/match/http-host.ts';
import { ascii, placed } from '../../support/packets.ts';

const MATCHER = httpHost(new DomainSet(['meydan.tv']));

test.each([
  { host: 'meydan.tv', want: true },
  { host: 'www.Meydan.TV', want: true },
  { host: 'meydan.tv:80', want: true },
  { host: 'meydan.tv:', want: true },
  { host: 'meydan.tv.', want: true },
  { host: 'meydan.tv.:8080', want: true },
  { host: 'meydan.tv..', want: false },
  { host: 'meydan.tv..:80', want: false },
  { host: 'meydan.tv:80.', want: false },
  { host: 'meydan.tv:http', want: false },
  { host: 'meydan.tv:80:80', want: false },
  { host: 'notmeydan.tv:80', want: false },
  { host: ':80', want: false },
  { host: '.:80', want: false },
  { host: '.', want: false },
  { host: '', want: false },
])('that Host "$host" is blocked is $want', ({ host, want }) => {
  const { bytes, at, end } = placed(ascii(host));
  expect(MATCHER.matches(bytes, at, end)).toBe(want);
});

test('it asks for the Host header', () => {
  expect(MATCHER.observes).toBe('http.host');
});
