import { describe, expect, test } from 'vitest';
import { withoutPort, withoutTrailingDot } from '../../../src/policy/match/host-name.ts';
import { ascii, placed } from '../../support/packets.ts';

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

/** Around the name lie digits, as a name must not be read past its end. */
function cut(endOf: (bytes: Uint8Array, at: number, end: number) => number, text: string): string {
  const { bytes, at, end } = placed(ascii(`:1${text}.1`), 3, 3);
  return text.slice(0, endOf(bytes, at + 2, end - 2) - at - 2);
}
