import { describe, expect, test } from 'vitest';
import type { HttpReading } from '../../src/wire/http/reading.ts';
import { censor, nameRule, RESET } from '../support/censors.ts';
import { ascii } from '../support/packets.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const RULE = nameRule('http.host', 'blocked.test', RESET);

/** A box that waits for the whole head. */
function sessionOf(endOfLine: HttpReading['endOfLine']): Session {
  const http = { whenHost: 'head', endOfLine } as const;
  return new Session(censor([RULE], { stream: { mode: 'in-order' }, http })).handshake();
}

function head(eol: string): Uint8Array {
  return ascii(['GET / HTTP/1.1', 'Host: blocked.test', 'A: b', '', ''].join(eol));
}

describe.each([
  { name: 'CRLF', eol: '\r\n', endOfLine: 'any' },
  { name: 'LF', eol: '\n', endOfLine: 'any' },
  { name: 'CRLF, for a box that knows no other,', eol: '\r\n', endOfLine: 'crlf' },
] as const)('a head with lines that end in $name', ({ eol, endOfLine }) => {
  const bytes = head(eol);

  test('is read with the segment that completes it, wherever two cuts are', () => {
    for (let second = bytes.length - 6; second < bytes.length; second++) {
      for (let first = 1; first < second; first++) {
        const session = sessionOf(endOfLine);
        const parts = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
        const fates = parts.map((part) => fateOf(session.send('client', part)));
        expect([first, second, ...fates]).toEqual([first, second, 'accept', 'accept', 'drop']);
      }
    }
  });

  test('is read with its last byte, sent byte by byte', () => {
    const session = sessionOf(endOfLine);
    const fates = [...bytes].map((byte) => fateOf(session.send('client', Uint8Array.of(byte))));
    expect(fates.indexOf('drop')).toBe(bytes.length - 1);
  });
});

test('a head with lines that end in LF is none for a box that knows CRLF alone', () => {
  for (const text of [head('\n'), ascii('GET / HTTP/1.1\r\nHost: blocked.test\r\n\n')]) {
    const session = sessionOf('crlf');
    const fates = [...text].map((byte) => fateOf(session.send('client', Uint8Array.of(byte))));
    expect(fates).not.toContain('drop');
  }
});

test.each([
  { name: 'a body', fields: 'Content-Length: 500\r\n', behind: 500 },
  { name: 'stray bytes', fields: '', behind: 3 },
])('a head of three large segments is read with the last one, behind it $name', (row) => {
  const start = `POST / HTTP/1.1\r\n${row.fields}X: `;
  const rest = `\r\nHost: blocked.test\r\n\r\n${'x'.repeat(row.behind)}`;
  const text = start + 'a'.repeat(3 * LARGE - start.length - rest.length) + rest;
  const session = sessionOf('any');
  const parts = [0, 1, 2].map((i) => ascii(text.slice(i * LARGE, (i + 1) * LARGE)));
  const fates = parts.map((part) => fateOf(session.send('client', part)));
  expect(fates).toEqual(['accept', 'accept', 'drop']);
});

/** What a segment carries over Ethernet, with timestamps. */
const LARGE = 1448;
