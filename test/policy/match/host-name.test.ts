import { describe, expect, test } from 'vitest';
import { withoutPort, withoutTrailingDot } from '../../../src/policy/match/host-name.ts';
import { ascii } from '../../support/packets.ts';

describe('withoutTrailingDot', () => {
  test.each([
    { text: 'meydan.tv', want: 'meydan.tv' },
    { text: 'meydan.tv.', want: 'meydan.tv' },
    { text: 'meydan.tv..', want: 'meydan.tv.' },
    { text: '.', want: '.' },
    { text: '', want: '' },
  ])('"$text" is "$want"', ({ text, want }) => {
    expect(cut(withoutTrailingDot, text)).toBe(want);
  });
});

describe('withoutPort', () => {
  test.each([
    { text: 'meydan.tv', want: 'meydan.tv' },
    { text: 'meydan.tv:80', want: 'meydan.tv' },
    { text: 'meydan.tv:', want: 'meydan.tv' },
    { text: 'meydan.tv:123456789', want: 'meydan.tv' },
    { text: 'meydan.tv:80x', want: 'meydan.tv:80x' },
    { text: 'meydan.tv:80:81', want: 'meydan.tv:80' },
    { text: '[2001:db8::1]', want: '[2001:db8::1]' },
    { text: '[2001:db8::1]:443', want: '[2001:db8::1]' },
    { text: '198.18.0.80', want: '198.18.0.80' },
    { text: '80', want: '80' },
    { text: ':80', want: '' },
    { text: ':', want: '' },
    { text: '', want: '' },
  ])('"$text" is "$want"', ({ text, want }) => {
    expect(cut(withoutPort, text)).toBe(want);
  });
});

/** Around the name lie bytes that would change the answer, if they were read. */
function cut(endOf: (bytes: Uint8Array, at: number, end: number) => number, text: string): string {
  const bytes = ascii(`:${text}.1`);
  return text.slice(0, endOf(bytes, 1, 1 + text.length) - 1);
}
