import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HostName,
  type HostNormalise,
  withoutPort,
  withoutTrailingDot,
} from '../../../src/policy/match/host-name.ts';
import { NameSet } from '../../../src/policy/match/name-set.ts';
import { ascii, placed } from '../../support/packets.ts';

const LITERAL: HostNormalise = {
  case: 'exact',
  trailingDot: 'literal',
  port: 'literal',
  extras: 'literal',
  idna: false,
};
const IDNA: HostNormalise = {
  case: 'ignored',
  trailingDot: 'strip',
  port: 'strip',
  extras: 'literal',
  idna: true,
};

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

describe('behind what servers do not mind', () => {
  test.each([
    { text: ' meydan.tv\t', want: 'meydan.tv' },
    { text: 'meydan.tv:+80', want: 'meydan.tv' },
    { text: 'meydan.tv.:x:80', want: 'meydan.tv' },
    { text: '[meydan.tv]:80', want: 'meydan.tv' },
    { text: '[2001:db8::1]:443', want: '2001:db8::1' },
    { text: '[meydan.tv', want: '[meydan.tv' },
    { text: 'mey dan.tv', want: 'mey dan.tv' },
    { text: '', want: '' },
  ])('"$text" is "$want"', ({ text, want }) => {
    const { bytes, at, end } = placed(ascii(text));
    const host = new HostName({ ...IDNA, extras: 'servers' }).read(bytes, at, end);
    expect(Buffer.from(host.bytes.slice(host.at, host.end)).toString()).toBe(want);
  });
});

describe('a host', () => {
  test.each<{ text: string; how: Partial<HostNormalise>; want: string }>([
    { text: 'A.tv.:80', how: {}, want: 'A.tv.:80' },
    { text: 'A.tv.:80', how: { port: 'strip' }, want: 'A.tv.' },
    { text: 'A.tv.:80', how: { trailingDot: 'strip' }, want: 'A.tv.:80' },
    { text: 'A.tv.:80', how: { port: 'strip', trailingDot: 'strip' }, want: 'A.tv' },
    { text: '[2001:db8::1]:443', how: { port: 'strip' }, want: '[2001:db8::1]' },
    { text: '[2001:db8::1]', how: { port: 'strip' }, want: '[2001:db8::1]' },
    { text: 'müller.example', how: {}, want: 'müller.example' },
    { text: 'müller.example', how: { idna: true }, want: 'xn--mller-kva.example' },
    { text: 'MÜLLER.Example', how: { idna: true }, want: 'xn--mller-kva.example' },
    { text: 'www.müller.example.:8080', how: IDNA, want: 'www.xn--mller-kva.example' },
    { text: '中国。中国', how: { idna: true }, want: 'xn--fiqs8s.xn--fiqs8s' },
    { text: 'A.example', how: { idna: true }, want: 'A.example' },
    { text: 'ü/example', how: { idna: true }, want: 'ü/example' },
    { text: 'ü@example', how: { idna: true }, want: 'ü@example' },
    { text: 'ü%41', how: { idna: true }, want: 'ü%41' },
    { text: 'ü:80', how: { idna: true }, want: 'ü:80' },
    { text: 'ü'.repeat(254), how: { idna: true }, want: 'ü'.repeat(254) },
  ])('$text with $how is looked up as $want', ({ text, how, want }) => {
    expect(lookedUp(new TextEncoder().encode(text), { ...LITERAL, ...how })).toBe(want);
  });

  test('of bytes that are no UTF-8 stays as it is', () => {
    expect(lookedUp(Uint8Array.of(0x61, 0xff, 0x2e), { ...LITERAL, idna: true })).toBe('a\ufffd.');
  });

  test('in UTF-8 is found under the name that DNS knows', () => {
    const names = new NameSet(['xn--mller-kva.example']);
    const { bytes, at, end } = placed(new TextEncoder().encode('www.Müller.example'));
    const host = new HostName(IDNA).read(bytes, at, end);
    expect(names.has(host.bytes, host.at, host.end, 'suffix')).toBe(true);
  });

  test('is read, whatever the bytes', () => {
    const host = new HostName(IDNA);
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'grapheme' }), (bytes, text) => {
        host.read(bytes, 0, bytes.length);
        const utf8 = new TextEncoder().encode(text);
        host.read(utf8, 0, utf8.length);
      }),
    );
  });
});

function lookedUp(text: Uint8Array, how: HostNormalise): string {
  const { bytes, at, end } = placed(text);
  const host = new HostName(how).read(bytes, at, end);
  return new TextDecoder().decode(host.bytes.slice(host.at, host.end));
}

/** Around the name lie bytes that would change the answer, if they were read. */
function cut(endOf: (bytes: Uint8Array, at: number, end: number) => number, text: string): string {
  const bytes = ascii(`:${text}.1`);
  return text.slice(0, endOf(bytes, 1, 1 + text.length) - 1);
}
