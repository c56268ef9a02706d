import { expect, test } from 'vitest';
import { buildHttpResponse } from '../../../src/wire/http/response.ts';
import { hex } from '../../support/packets.ts';

test('a block page says how long it is, and that it is the last', () => {
  const body = '<h1>Blocked</h1>';
  expect(textOf({ status: 403, reason: 'Forbidden', headers: [], body })).toBe(
    `HTTP/1.1 403 Forbidden\r\nContent-Length: 16\r\nConnection: close\r\n\r\n${body}`,
  );
});

test('headers stand as they are given, and in that order', () => {
  const headers = [
    ['Location', 'http://10.10.34.34'],
    ['X-Twice', '1'],
    ['X-Twice', '2'],
  ] as const;
  expect(textOf({ status: 301, reason: 'Moved Permanently', headers, body: '' })).toBe(
    'HTTP/1.1 301 Moved Permanently\r\nLocation: http://10.10.34.34\r\nX-Twice: 1\r\nX-Twice: 2\r\n' +
      'Content-Length: 0\r\nConnection: close\r\n\r\n',
  );
});

test('a length and a connection that are given stay, true or not, in any case', () => {
  const headers = [
    ['content-length', '156'],
    ['CONNECTION', 'keep-alive'],
  ] as const;
  expect(textOf({ status: 200, reason: 'OK', headers, body: 'x' })).toBe(
    'HTTP/1.1 200 OK\r\ncontent-length: 156\r\nCONNECTION: keep-alive\r\n\r\nx',
  );
});

test('the length counts bytes, not letters', () => {
  expect(textOf({ status: 200, reason: 'OK', headers: [], body: 'é' })).toContain(
    'Content-Length: 2\r\n',
  );
});

test('a body of bytes goes as it is', () => {
  const body = hex`00 ff c0 0d 0a`;
  const response = buildHttpResponse({ status: 200, reason: 'OK', headers: [], body });
  expect(response.slice(-5)).toEqual(body);
});

function textOf(response: Parameters<typeof buildHttpResponse>[0]): string {
  return Buffer.from(buildHttpResponse(response)).toString('utf8');
}
