import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkedBody } from '../../../src/wire/http/chunked-body.ts';
import { ascii } from '../../support/packets.ts';

const BODY = '5;name="a;b"\r\nhello\r\n1A\r\nGET / HTTP/1.1\r\nHost: a.b\r\r\n0\r\nX: y\r\n\r\n';

describe('a chunked body ends', () => {
  test.each([
    { name: 'with its last chunk', body: '3\r\nabc\r\n0\r\n\r\n' },
    { name: 'without a chunk', body: '0\r\n\r\n' },
    { name: 'behind a size with zeros before it', body: '00003\r\nabc\r\n000\r\n\r\n' },
    {
      name: 'behind digits in either case',
      body: 'a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n',
    },
    { name: 'behind extensions', body: '3;a=b;c="d e"\r\nabc\r\n0 ; x\r\n\r\n' },
    { name: 'behind a trailer section', body: '0\r\nHost: a.b\r\nGET: /\r\n\r\n' },
    { name: 'behind bare line feeds', body: '3\nabc\n0\n\n' },
    { name: 'behind chunks that look like requests', body: BODY },
  ])('$name', ({ body }) => {
    const chunks = new ChunkedBody().begin();
    const bytes = ascii(`${body}rest`);
    expect(chunks.skip(bytes, 0, bytes.length)).toBe(body.length);
    expect([chunks.isOpen, chunks.isBroken]).toEqual([false, false]);
  });
});

describe('a chunked body is broken, as servers have it,', () => {
  test.each([
    { name: 'by a size that is no number', body: 'x\r\n' },
    { name: 'by no size', body: '\r\n' },
    { name: 'by a sign', body: '-1\r\n' },
    { name: 'by a prefix', body: '0x1\r\n' },
    { name: 'by a size beyond 2^53', body: 'fffffffffffffff\r\n' },
    { name: 'by a chunk that is longer than its size', body: '3\r\nabcd\r\n' },
    { name: 'by a CR in a size', body: '3\r3\r\n' },
  ])('$name', ({ body }) => {
    const chunks = new ChunkedBody().begin();
    const bytes = ascii(body);
    chunks.skip(bytes, 0, bytes.length);
    expect(chunks.isBroken).toBe(true);
  });

  test('by a bare line feed, for a box that knows none', () => {
    for (const body of ['3\nabc', '3\r\nabc\n']) {
      const chunks = new ChunkedBody('crlf').begin();
      chunks.skip(ascii(body), 0, body.length);
      expect(chunks.isBroken).toBe(true);
    }
  });
});

test('a chunked body ends at the same byte in whatever pieces it comes', () => {
  const bytes = ascii(`${BODY}rest`);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
      const chunks = new ChunkedBody().begin();
      const ends = [...cuts, bytes.length].sort((a, b) => a - b);
      let at = 0;
      for (const end of ends) if (chunks.isOpen) at = chunks.skip(bytes, at, Math.max(at, end));
      expect([at, chunks.isBroken]).toEqual([BODY.length, false]);
    }),
  );
});
