import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RequestHead } from '../../../src/wire/http/request.ts';
import { ascii, httpRequest, lineEnd, placed, type Request } from '../../support/packets.ts';

const LINE = 'GET / HTTP/1.1\r\n';

describe('the Host header', () => {
  test.each([
    {
      name: 'is found among others',
      text: `${LINE}Accept: */*\r\nHost: meydan.tv\r\nX: y\r\n\r\n`,
    },
    { name: 'may be in capitals', text: `${LINE}HOST: meydan.tv\r\n\r\n` },
    { name: 'may be in any case', text: `${LINE}hOsT: meydan.tv\r\n\r\n` },
    { name: 'needs no blank after its colon', text: `${LINE}Host:meydan.tv\r\n\r\n` },
    {
      name: 'may have blanks and tabs around its value',
      text: `${LINE}Host: \t meydan.tv \t \r\n\r\n`,
    },
    { name: 'may end with a bare LF', text: 'GET / HTTP/1.1\nHost: meydan.tv\n\n' },
    { name: 'counts the first time', text: `${LINE}Host: meydan.tv\r\nHost: example.org\r\n\r\n` },
    { name: 'is seen in an unfinished head', text: `${LINE}Host: meydan.tv\r\nAccept` },
    { name: 'may follow any method', text: 'PR0P-find! /a?b HTTP/1.0\r\nHost: meydan.tv\r\n\r\n' },
    {
      name: 'may follow a target with blanks',
      text: 'GET /a b  c HTTP/1.1 \r\nHost: meydan.tv\r\n\r\n',
    },
    { name: 'may follow http in small letters', text: 'GET / http/1.1\r\nHost: meydan.tv\r\n\r\n' },
    {
      name: 'of a chunked POST',
      text: `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: meydan.tv\r\n\r\n`,
    },
  ])('$name', ({ text }) => {
    expect(hostOf(text)).toBe('meydan.tv');
  });

  test.each([
    { name: 'that there is not', text: `${LINE}Accept: */*\r\n\r\n` },
    { name: 'in the middle of a name', text: `${LINE}X-Host: meydan.tv\r\n\r\n` },
    { name: 'with a longer name', text: `${LINE}Hosts: meydan.tv\r\n\r\n` },
    { name: 'after a blank', text: `${LINE}A: b\r\n Host: meydan.tv\r\n\r\n` },
    { name: 'in the target', text: 'GET /Host: meydan.tv HTTP/1.1\r\n\r\n' },
    { name: 'after the head', text: `${LINE}\r\nHost: meydan.tv\r\n\r\n` },
    { name: 'whose line is not whole', text: `${LINE}Host: meydan.tv` },
    { name: 'whose line lacks its LF', text: `${LINE}Host: meydan.tv\r` },
  ])('is not seen: one $name', ({ text }) => {
    expect(hostOf(text)).toBeUndefined();
  });

  test('may be empty', () => {
    expect(hostOf(`${LINE}Host:  \r\n\r\n`)).toBe('');
  });
});

describe('the method and its body', () => {
  const LENGTH = 'Content-Length: 5\r\n';
  test.each([
    { line: 'GET / HTTP/1.1', fields: '', want: ['other', 'none', 0] },
    { line: 'POST / HTTP/1.1', fields: LENGTH, want: ['other', 'length', 5] },
    { line: 'HEAD / HTTP/1.1', fields: LENGTH, want: ['head', 'length', 5] },
    { line: 'CONNECT a.test:443 HTTP/1.1', fields: LENGTH, want: ['connect', 'none', 0] },
    { line: 'HEADS / HTTP/1.1', fields: '', want: ['other', 'none', 0] },
    { line: 'HEA / HTTP/1.1', fields: '', want: ['other', 'none', 0] },
    { line: 'head / HTTP/1.1', fields: '', want: ['other', 'none', 0] },
    { line: 'CONNECTS / HTTP/1.1', fields: '', want: ['other', 'none', 0] },
    {
      line: 'PUT / HTTP/1.1',
      fields: 'Transfer-Encoding: chunked\r\n',
      want: ['other', 'chunked', 0],
    },
    {
      line: 'PUT / HTTP/1.1',
      fields: 'Transfer-Encoding: gzip\r\n',
      want: ['other', 'refused', 0],
    },
  ])('of $line with $fields: $want', ({ line, fields, want }) => {
    const { bytes, at, end } = placed(ascii(`${line}\r\n${fields}\r\n`));
    const head = new RequestHead().read(bytes, at, end);
    expect([head.method, head.body, head.bodyLength]).toEqual(want);
  });

  test('are not known before there is a request, nor of what is none', () => {
    const head = new RequestHead();
    expect(head).toMatchObject({ status: 'not-http', method: 'other', hostAt: -1, headEnd: -1 });
    const { bytes, at, end } = placed(ascii('HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n'));
    expect(head.read(bytes, at, end).method).toBe('head');
    expect(head.read(ascii('\0'), 0, 1)).toMatchObject({
      status: 'not-http',
      method: 'other',
      hostAt: -1,
      hostEnd: -1,
      hostCount: 0,
      headEnd: -1,
    });
  });
});

describe('the body', () => {
  test.each([
    { header: 'Content-Length: 42', length: 42, isChunked: false },
    { header: 'content-LENGTH:7', length: 7, isChunked: false },
    { header: 'Content-Length: \t 0012 ', length: 12, isChunked: false },
    { header: 'Content-Length: 5, 5', length: 5, isChunked: false },
    { header: 'Content-Length: many', length: 0, isChunked: false },
    { header: 'Content-Length: -1', length: 0, isChunked: false },
    { header: 'Content-Length:', length: 0, isChunked: false },
    { header: 'X-Content-Length: 9', length: 0, isChunked: false },
    { header: 'Transfer-Encoding: chunked', length: 0, isChunked: true },
    { header: 'TRANSFER-encoding:gzip, chunked', length: 0, isChunked: true },
  ])('after "$header" has length $length', ({ header, length, isChunked }) => {
    const head = read(ascii(`${LINE}${header}\r\n\r\nbody`));
    expect(head).toMatchObject({ status: 'complete', contentLength: length, isChunked });
  });

  test('has a length that stays a safe number however many digits there are', () => {
    const head = read(ascii(`${LINE}Content-Length: ${'9'.repeat(400)}\r\n\r\n`));
    expect(Number.isSafeInteger(head.contentLength)).toBe(true);
    expect(head.contentLength).toBeGreaterThan(2 ** 40);
  });

  test('begins after the blank line, and is not read', () => {
    const bytes = ascii(
      `${LINE}Host: a.example\r\n\r\nHost: meydan.tv\r\nContent-Length: 9\r\n\r\n`,
    );
    const head = new RequestHead().read(bytes, 0, bytes.length);
    expect(head.headEnd).toBe(LINE.length + 'Host: a.example\r\n\r\n'.length);
    expect(head.contentLength).toBe(0);
  });
});

describe('not HTTP', () => {
  test.each([
    { name: 'no bytes', text: '' },
    { name: 'a blank first', text: ` ${LINE}` },
    { name: 'an empty line first', text: `\r\n${LINE}` },
    { name: 'a response', text: 'HTTP/1.1 200 OK\r\nHost: meydan.tv\r\n\r\n' },
    { name: 'a method that is no token', text: 'G(T / HTTP/1.1\r\n' },
    { name: 'a byte above ASCII in the method', text: 'G\xc9T / HTTP/1.1\r\n' },
    { name: 'a tab after the method', text: 'GET\t/ HTTP/1.1\r\n' },
    { name: 'no version', text: 'GET /\r\n' },
    { name: 'HTTP/2', text: 'PRI * HTTP/2.0\r\n' },
    { name: 'no target', text: 'GET HTTP/1.1\r\n' },
    { name: 'a version that runs on', text: 'GET / HTTP/1.1x\r\n' },
    { name: 'an SSH banner', text: 'SSH-2.0-OpenSSH_9.9\r\n' },
    { name: 'a method of 33 bytes', text: `${'M'.repeat(33)} / HTTP/1.1\r\n\r\n` },
    { name: 'a word of 33 bytes', text: 'M'.repeat(33) },
  ])('$name', ({ text }) => {
    const head = read(ascii(text));
    expect(head).toMatchObject({ status: 'not-http', hostAt: -1, headEnd: -1 });
  });

  test('a method of 32 bytes is still one', () => {
    expect(read(ascii(`${'M'.repeat(32)} / HTTP/1.1\r\n\r\n`)).status).toBe('complete');
    expect(read(ascii('M'.repeat(32))).status).toBe('partial');
  });
});

test('nothing of the last request is left after the next', () => {
  const head = new RequestHead();
  const text = `${LINE}Host: meydan.tv\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`;
  head.read(ascii(text), 0, text.length);
  head.read(ascii(LINE), 0, LINE.length);
  expect(head).toEqual(new RequestHead().read(ascii(LINE), 0, LINE.length));
  expect(head).toMatchObject({ status: 'partial', hostAt: -1, contentLength: 0, isChunked: false });
});

describe('a request cut at any byte is partial, and shows its Host once that line is whole', () => {
  test.each<{ name: string } & Request>([
    { name: 'plain', host: 'meydan.tv' },
    { name: 'with a bare LF', host: 'meydan.tv', eol: '\n', after: ['A: b'] },
    { name: 'with headers around', host: 'meydan.tv', before: ['A: b', 'C:'], after: ['D: e'] },
    { name: 'with two hosts', host: ['meydan.tv', 'example.org'] },
    {
      name: 'with a body',
      method: 'POST',
      host: 'meydan.tv',
      after: ['Content-Length: 4'],
      body: 'a\r\n\r',
    },
    { name: 'without a host', after: ['Accept: */*'] },
  ])('$name', (request) => {
    expectRightPrefixes(request);
  });

  test('whatever the request', () => {
    const token = fc.stringMatching(/^[A-Za-z!#$%&'*+.^_`|~-]{1,32}$/);
    const value = fc.stringMatching(/^[a-z0-9:. \t-]{0,12}$/);
    const headers = fc.array(
      value.map((text) => `X-Any: ${text}`),
      { maxLength: 2 },
    );
    const anyRequest = fc.record({
      method: token,
      target: fc.stringMatching(/^[!-~]{1,12}$/),
      host: fc.array(value, { maxLength: 2 }),
      before: headers,
      after: headers,
      eol: fc.constantFrom('\r\n' as const, '\n' as const),
      body: fc.string({ maxLength: 8 }),
    });
    fc.assert(fc.property(anyRequest, expectRightPrefixes));
  });
});

describe('whatever the bytes', () => {
  const fragments = [
    'GET',
    ' ',
    '/',
    ' HTTP/1.1',
    '\r\n',
    '\n',
    'Host: a.b',
    'Content-Length: 3',
    'M'.repeat(16),
  ];
  const nearlyHttp = fc
    .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ maxLength: 4 })), { maxLength: 12 })
    .map((parts) => ascii(parts.join('')));
  const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 80 }), nearlyHttp);

  test('read never throws and points nowhere outside the bytes', () => {
    fc.assert(
      fc.property(anyBytes, (payload) => {
        const { bytes, at, end } = placed(payload);
        const head = new RequestHead().read(bytes, at, end);
        if (head.hostAt >= 0) expect(inOrder([at, head.hostAt, head.hostEnd, end])).toBe(true);
        if (head.headEnd >= 0) expect(inOrder([at, head.headEnd, end])).toBe(true);
        expect(head.headEnd >= 0).toBe(head.status === 'complete');
        expect(head.contentLength).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('further bytes change no answer but "partial", and move no Host that was seen', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (first, more) => {
        const whole = Uint8Array.from([...first, ...more]);
        const before = new RequestHead().read(whole, 0, first.length);
        const after = new RequestHead().read(whole, 0, whole.length);
        if (first.length > 0 && before.status !== 'partial') expect(after).toEqual(before);
        if (before.hostAt >= 0)
          expect(after).toMatchObject({ hostAt: before.hostAt, hostEnd: before.hostEnd });
      }),
      { numRuns: 1000 },
    );
  });
});

function expectRightPrefixes(request: Request): void {
  const { body = '', host = [] } = request;
  const bytes = httpRequest(request);
  const headLength = bytes.length - body.length;
  const [first] = [host].flat();
  const hostSeenAt = first === undefined ? Number.POSITIVE_INFINITY : lineEnd(bytes, 'Host:');
  for (let cut = 1; cut <= bytes.length; cut++) {
    const { bytes: ring, at } = placed(bytes);
    const head = new RequestHead().read(ring, at, at + cut);
    const host = head.hostAt < 0 ? undefined : text(ring, head.hostAt, head.hostEnd);
    expect({ cut, status: head.status, host }).toEqual({
      cut,
      status: cut < headLength ? 'partial' : 'complete',
      host: cut < hostSeenAt ? undefined : first?.replace(/^[ \t]+|[ \t]+$/g, ''),
    });
    expect(head.headEnd).toBe(cut < headLength ? -1 : at + headLength);
  }
}

function read(payload: Uint8Array): RequestHead {
  const { bytes, at, end } = placed(payload);
  return new RequestHead().read(bytes, at, end);
}

function hostOf(request: string): string | undefined {
  const { bytes, at, end } = placed(ascii(request));
  const head = new RequestHead().read(bytes, at, end);
  return head.hostAt < 0 ? undefined : text(bytes, head.hostAt, head.hostEnd);
}

function text(bytes: Uint8Array, at: number, end: number): string {
  return Buffer.from(bytes.slice(at, end)).toString('latin1');
}

function inOrder(places: readonly number[]): boolean {
  return places.every((place, i) => i === 0 || (places[i - 1] as number) <= place);
}

test('a line of blanks is not the end of a head', () => {
  const head = read(ascii('GET / HTTP/1.1\r\n \r\nHost: a.example\r\n\r\n'));
  expect(head.status).toBe('complete');
  expect(head.hostAt).toBeGreaterThan(0);
});

test.each([
  { name: 'a length alone counts', lines: 'Content-Length: 7\r\n', want: 7 },
  {
    name: 'chunks win over a length',
    lines: 'Content-Length: 7\r\nTransfer-Encoding: chunked\r\n',
    want: 0,
  },
])('of the body, $name (RFC 9112 §6.3)', ({ lines, want }) => {
  expect(read(ascii(`POST / HTTP/1.1\r\n${lines}\r\n`)).bodyLength).toBe(want);
});
