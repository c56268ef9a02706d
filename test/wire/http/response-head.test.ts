import { describe, expect, test } from 'vitest';
import { ResponseHead, startsLikeResponse } from '../../../src/wire/http/response-head.ts';
import { ascii, placed } from '../../support/packets.ts';

const REQUESTS = ['head', 'connect', 'other', 'unknown'] as const;

describe('a response may begin with', () => {
  test.each([
    ['HTTP/1.1 200 OK', true],
    ['HTTP/1.', true],
    ['HTT', true],
    ['H', true],
    ['', false],
    ['HTTP/2 200', false],
    ['http/1.1 200', false],
    ['GET / HTTP/1.1', false],
    ['HELO', false],
  ])('%s: %s', (text, want) => {
    const { bytes, at, end } = placed(ascii(text));
    expect(startsLikeResponse(bytes, at, end)).toBe(want);
  });
});

describe('the head of a response ends', () => {
  test.each([
    {
      name: 'behind its blank line',
      head: 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n',
      rest: 'body\r\n\r\n',
    },
    { name: 'at once, without fields', head: 'HTTP/1.1 200 OK\r\n\r\n', rest: 'x' },
    { name: 'behind a bare line feed', head: 'HTTP/1.1 200 OK\nA: b\n\n', rest: '\n' },
    {
      name: 'not at a line that has a blank',
      head: 'HTTP/1.1 200 OK\r\n \r\nA: b\r\n\r\n',
      rest: '',
    },
  ])('$name', ({ head, rest }) => {
    const { bytes, at, end } = placed(ascii(head + rest));
    expect(new ResponseHead().read(bytes, at, end).headEnd).toBe(at + head.length);
  });

  test.each(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nA: b\r\n', ''])(
    'nowhere yet in %j',
    (text) => {
      const { bytes, at, end } = placed(ascii(text));
      expect(new ResponseHead().read(bytes, at, end).headEnd).toBe(-1);
    },
  );
});

describe('the status code of a response', () => {
  test.each([
    ['HTTP/1.1 200 OK\r\n', 200],
    ['HTTP/1.0 404 Not Found\r\n', 404],
    ['HTTP/1.1 099', 99],
    ['HTTP/1.1 999', 999],
    ['HTTP/1.1 20', -1],
    ['HTTP/1.1 2x0 OK\r\n', -1],
    ['HTTP/1.1 20/ OK\r\n', -1],
    ['HTTP/1.1 20: OK\r\n', -1],
    ['HTTP/1.1', -1],
  ])('of %j is %i', (text, want) => {
    const { bytes, at, end } = placed(ascii(text));
    expect(new ResponseHead().read(bytes, at, end).statusCode).toBe(want);
  });

  test('is that of the last response read', () => {
    const head = new ResponseHead();
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n', head).contentLength).toBe(7);
    expect(read('HTTP/1.1 500 Oh\r\n\r\n', head)).toMatchObject({
      statusCode: 500,
      contentLength: 0,
    });
    expect(head.bodyFor('other')).toBe('until-close');
  });
});

test.each([
  [100, true],
  [103, true],
  [199, true],
  [101, false],
  [99, false],
  [200, false],
])('another response follows a %i: %s', (code, want) => {
  const text = `HTTP/1.1 ${String(code).padStart(3, '0')} x\r\n\r\n`;
  expect(read(text).isInterim).toBe(want);
});

describe('the body of a response, after HEAD, CONNECT, another request and one that was not seen, is', () => {
  const LENGTH = 'Content-Length: 5\r\n';
  const CHUNKED = 'Transfer-Encoding: chunked\r\n';
  test.each([
    { code: 100, fields: LENGTH, want: 'none none none none' },
    { code: 199, fields: CHUNKED, want: 'none none none none' },
    { code: 204, fields: LENGTH, want: 'none none none none' },
    { code: 304, fields: LENGTH, want: 'none none none none' },
    { code: 200, fields: LENGTH, want: 'none none length length' },
    { code: 299, fields: CHUNKED, want: 'none none chunked chunked' },
    { code: 200, fields: '', want: 'none none until-close none' },
    { code: 300, fields: '', want: 'none until-close until-close until-close' },
    { code: 404, fields: LENGTH, want: 'none length length length' },
    { code: 404, fields: 'Content-Length: 0\r\n', want: 'none none none none' },
    { code: 200, fields: 'content-length:5 \r\n', want: 'none none length length' },
    {
      code: 404,
      fields: 'TRANSFER-ENCODING: gzip, Chunked\r\n',
      want: 'none chunked chunked chunked',
    },
    { code: 404, fields: `${LENGTH}${CHUNKED}`, want: 'none chunked chunked chunked' },
    {
      code: 404,
      fields: `Transfer-Encoding: gzip\r\n${LENGTH}`,
      want: 'none until-close until-close until-close',
    },
    {
      code: 404,
      fields: 'Content-Length : 5\r\n',
      want: 'none until-close until-close until-close',
    },
    {
      code: 404,
      fields: 'X-Content-Length: 5\r\n',
      want: 'none until-close until-close until-close',
    },
    { code: 404, fields: 'Content-Length\r\n', want: 'none until-close until-close until-close' },
    {
      code: 404,
      fields: 'Content-Length: 5\r\nContent-Length: 6\r\n',
      want: 'none until-close until-close until-close',
    },
  ])('for $code with $fields: $want', ({ code, fields, want }) => {
    const head = read(`HTTP/1.1 ${code} x\r\n${fields}\r\n`);
    expect(REQUESTS.map((request) => head.bodyFor(request)).join(' ')).toBe(want);
  });
});

function read(text: string, head = new ResponseHead()): ResponseHead {
  const { bytes, at, end } = placed(ascii(text));
  return head.read(bytes, at, end);
}
