import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type HttpReading, STANDARD_READING } from '../../../src/wire/http/reading.ts';
import { RequestHead } from '../../../src/wire/http/request.ts';
import { ascii, placed } from '../../support/packets.ts';

const LINE = 'GET / HTTP/1.1\r\n';
const HOST = 'Host: meydan.tv\r\n';
const STRICT: Partial<HttpReading> = { whitespace: 'strict' };
const LENIENT: Partial<HttpReading> = { whitespace: 'lenient' };
const ANY_VERSION: Partial<HttpReading> = { versions: 'any' };
const IN_TARGET: Partial<HttpReading> = { hostField: 'target' };

describe('every reading sees the host of a plain request', () => {
  const one = <T>(...values: T[]) => fc.constantFrom(...values);
  const anyReading = anyHttpReading();
  test.each([
    { text: `${LINE}${HOST}\r\n` },
    { text: `POST /a?b=c HTTP/1.0\r\nAccept: */*\r\n${HOST}Content-Length: 2\r\n\r\nab` },
  ])('$text', ({ text }) => {
    fc.assert(
      fc.property(anyReading, one(true, false), (reading, ofTarget) => {
        const hostField = ofTarget ? 'target' : reading.hostField;
        expect(hostOf(text, { ...reading, hostField })).toBe('meydan.tv');
      }),
    );
  });
});

describe('one knob alone decides whether the host is seen', () => {
  const [seen, unseen] = ['meydan.tv', undefined];
  test.each<{ name: string; text: string; knob: Partial<HttpReading>; with: string | undefined }>([
    {
      name: 'a method that is listed',
      text: `${LINE}${HOST}`,
      knob: { methods: ['GET'] },
      with: seen,
    },
    {
      name: 'a method that is not',
      text: `PUT / HTTP/1.1\r\n${HOST}`,
      knob: { methods: ['GET'] },
      with: unseen,
    },
    {
      name: 'a method in small letters',
      text: `get / HTTP/1.1\r\n${HOST}`,
      knob: { methods: ['GET'] },
      with: unseen,
    },
    {
      name: 'the start of a method',
      text: `GE / HTTP/1.1\r\n${HOST}`,
      knob: { methods: ['GET'] },
      with: unseen,
    },
    {
      name: 'a longer method',
      text: `GETS / HTTP/1.1\r\n${HOST}`,
      knob: { methods: ['GET'] },
      with: unseen,
    },
    {
      name: 'any method but none is known',
      text: `${LINE}${HOST}`,
      knob: { methods: [] },
      with: unseen,
    },
    {
      name: 'host in small letters',
      text: `${LINE}host: meydan.tv\r\n`,
      knob: { nameCase: 'exact' },
      with: unseen,
    },
    { name: 'hoSt', text: `${LINE}hoSt: meydan.tv\r\n`, knob: { nameCase: 'exact' }, with: unseen },
    {
      name: 'no space after the colon',
      text: `${LINE}Host:meydan.tv\r\n`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'a tab after the colon',
      text: `${LINE}Host:\tmeydan.tv\r\n`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'two spaces after the colon',
      text: `${LINE}Host:  meydan.tv\r\n`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'a space behind the value',
      text: `${LINE}Host: meydan.tv \r\n`,
      knob: STRICT,
      with: 'meydan.tv ',
    },
    {
      name: 'a tab behind the value',
      text: `${LINE}Host: meydan.tv\t\r\n`,
      knob: STRICT,
      with: 'meydan.tv\t',
    },
    { name: 'two CRs', text: `${LINE}Host: meydan.tv\r\r\n`, knob: STRICT, with: 'meydan.tv\r' },
    {
      name: 'two spaces after the method',
      text: `GET  / HTTP/1.1\r\n${HOST}`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'a tab after the space',
      text: `GET \t/ HTTP/1.1\r\n${HOST}`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'two spaces after the target',
      text: `GET /  HTTP/1.1\r\n${HOST}`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'a space in the target',
      text: `GET /a b HTTP/1.1\r\n${HOST}`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'a space behind the version',
      text: `GET / HTTP/1.1 \r\n${HOST}`,
      knob: STRICT,
      with: unseen,
    },
    {
      name: 'a bare LF after the request line',
      text: `GET / HTTP/1.1\n${HOST}`,
      knob: { endOfLine: 'crlf' },
      with: unseen,
    },
    {
      name: 'a bare LF after another header',
      text: `${LINE}A: b\n${HOST}`,
      knob: { endOfLine: 'crlf' },
      with: unseen,
    },
    {
      name: 'a bare LF after the host',
      text: `${LINE}Host: meydan.tv\n`,
      knob: { endOfLine: 'crlf' },
      with: unseen,
    },
    {
      name: 'a bare LF before another header',
      text: `${LINE}Host: meydan.tv\nA: b\r\n`,
      knob: { endOfLine: 'crlf' },
      with: 'meydan.tv\nA: b',
    },
    {
      name: 'HTTP/1.2',
      text: `GET / HTTP/1.2\r\n${HOST}`,
      knob: { versions: 'known' },
      with: unseen,
    },
    {
      name: 'http/1.1',
      text: `GET / http/1.1\r\n${HOST}`,
      knob: { versions: 'known' },
      with: unseen,
    },
    {
      name: 'HTTP/1.0',
      text: `GET / HTTP/1.0\r\n${HOST}`,
      knob: { versions: 'known' },
      with: seen,
    },
    {
      name: 'a head that is not whole',
      text: `${LINE}${HOST}Accept: */*\r\n`,
      knob: { whenHost: 'head' },
      with: unseen,
    },
  ])('$name', ({ text, knob, with: want }) => {
    expect(hostOf(text)).toBe(seen);
    expect(hostOf(text, knob)).toBe(want);
  });

  test.each<{ name: string; text: string; knob: Partial<HttpReading> }>([
    { name: 'a blank before the colon', text: `${LINE}Host : meydan.tv\r\n`, knob: LENIENT },
    { name: 'tabs before the colon', text: `${LINE}Host\t\t:meydan.tv\r\n`, knob: LENIENT },
    { name: 'a tab after the method', text: `GET\t/ HTTP/1.1\r\n${HOST}`, knob: LENIENT },
    { name: 'a tab before the version', text: `GET /\tHTTP/1.1\r\n${HOST}`, knob: LENIENT },
    { name: 'an empty line first', text: `\r\n${LINE}${HOST}`, knob: { leadingBlankLines: true } },
    { name: 'a bare LF first', text: `\n${LINE}${HOST}`, knob: { leadingBlankLines: true } },
    {
      name: 'many empty lines first',
      text: `\r\n\n\r\n\r\n${LINE}${HOST}`,
      knob: { leadingBlankLines: true },
    },
    { name: 'no version', text: `GET /\r\n${HOST}`, knob: ANY_VERSION },
    { name: 'HTTP/9.9', text: `GET / HTTP/9.9\r\n${HOST}`, knob: ANY_VERSION },
    { name: 'HTTP/ 1.1', text: `GET / HTTP/ 1.1\r\n${HOST}`, knob: ANY_VERSION },
    { name: 'a version that is none', text: `GET / XXXX\r\n${HOST}`, knob: ANY_VERSION },
    { name: 'a version that runs on', text: `GET / HTTP/1.1x\r\n${HOST}`, knob: ANY_VERSION },
  ])('$name', ({ text, knob }) => {
    expect(hostOf(text)).toBe(unseen);
    expect(hostOf(text, knob)).toBe(seen);
  });
});

describe('which Host counts', () => {
  const two = `${LINE}Host: a.example\r\nHost: b.example\r\n\r\n`;
  test.each<{ name: string; text: string; hostField: HttpReading['hostField']; want: string }>([
    { name: 'the first of two', text: two, hostField: 'first', want: 'a.example' },
    { name: 'the last of two', text: two, hostField: 'last', want: 'b.example' },
    {
      name: 'the first, where the target has none',
      text: two,
      hostField: 'target',
      want: 'a.example',
    },
    {
      name: 'the last, though the target has one',
      text: `GET http://t.example/ HTTP/1.1\r\nHost: b.example\r\n`,
      hostField: 'last',
      want: 'b.example',
    },
  ])('$name', ({ text, hostField, want }) => {
    expect(hostOf(text, { hostField })).toBe(want);
  });

  test.each([
    { target: 'http://t.example', want: 't.example' },
    { target: 'http://t.example/', want: 't.example' },
    { target: 'HTTPS://T.example:8080/a', want: 'T.example:8080' },
    { target: 'http://t.example?q=/', want: 't.example' },
    { target: 'http://t.example#f', want: 't.example' },
    { target: 'http://user:word@t.example/', want: 't.example' },
    { target: 'http://a@b@t.example/@c', want: 't.example' },
    { target: 'svn+ssh-1.0://t.example/', want: 't.example' },
    { target: 'http://[2001:db8::1]:80/', want: '[2001:db8::1]:80' },
    { target: 'http:///path', want: 'h.example' },
    { target: 'http://user@/path', want: 'h.example' },
    { target: '://t.example/', want: 'h.example' },
    { target: 'http:/t.example/', want: 'h.example' },
    { target: 'http:', want: 'h.example' },
    { target: '/http://t.example/', want: 'h.example' },
    { target: '/?http://t.example/', want: 'h.example' },
    { target: 't.example:443', want: 'h.example' },
    { target: '*', want: 'h.example' },
  ])('of the target $target it is $want', ({ target, want }) => {
    expect(hostOf(`GET ${target} HTTP/1.1\r\nHost: h.example\r\n\r\n`, IN_TARGET)).toBe(want);
  });

  test.each([
    { method: 'CONNECT', want: 't.example:443' },
    { method: 'connect', want: 'h.example' },
    { method: 'CONNECTS', want: 'h.example' },
  ])('the whole target of $method is $want', ({ method, want }) => {
    const text = `${method} t.example:443 HTTP/1.1\r\nHost: h.example\r\n\r\n`;
    expect(hostOf(text, IN_TARGET)).toBe(want);
  });

  test('the host of the target is seen before any header is', () => {
    expect(hostOf('GET http://t.example/ HTTP/1.1\r\n', IN_TARGET)).toBe('t.example');
    expect(hostOf('GET http://t.example/ HTTP/1.1\r\n', { ...IN_TARGET, whenHost: 'head' })).toBe(
      undefined,
    );
    expect(
      hostOf('GET http://t.example/ HTTP/1.1\r\n\r\n', { ...IN_TARGET, whenHost: 'head' }),
    ).toBe('t.example');
  });
});

describe('method and target are where the reading finds them', () => {
  test.each<{ line: string; knob: Partial<HttpReading>; method: string; target: string }>([
    { line: 'GET / HTTP/1.1', knob: {}, method: 'GET', target: '/' },
    { line: 'GET / HTTP/1.1', knob: STRICT, method: 'GET', target: '/' },
    { line: 'GET  /a b \t HTTP/1.1 ', knob: {}, method: 'GET', target: '/a b' },
    { line: 'OPTIONS\t*\tHTTP/1.1', knob: LENIENT, method: 'OPTIONS', target: '*' },
    { line: 'GET /a b', knob: ANY_VERSION, method: 'GET', target: '/a' },
    { line: 'GET /a b http/7', knob: ANY_VERSION, method: 'GET', target: '/a b' },
    { line: 'GET HTTP/1.1', knob: ANY_VERSION, method: 'GET', target: 'HTTP/1.1' },
    { line: 'GET /a', knob: { ...STRICT, ...ANY_VERSION }, method: 'GET', target: '/a' },
    { line: 'GET /a b', knob: { ...STRICT, ...ANY_VERSION }, method: 'GET', target: '/a' },
  ])('$line', ({ line, knob, method, target }) => {
    const { head, text } = read(`${line}\r\n`, knob);
    expect(text(head.methodAt, head.methodEnd)).toBe(method);
    expect(text(head.targetAt, head.targetEnd)).toBe(target);
  });

  test.each<{ name: string; text: string; knob: Partial<HttpReading> }>([
    { name: 'not HTTP', text: 'GET /\r\n', knob: {} },
    { name: 'not HTTP to a strict reading', text: 'GET /a HTTP/7\r\n', knob: STRICT },
    { name: 'without a target', text: 'GET \r\n', knob: ANY_VERSION },
    { name: 'without a target, strictly', text: 'GET  HTTP/1.1\r\n', knob: STRICT },
    {
      name: 'with nothing behind the target',
      text: 'GET / \r\n',
      knob: { ...STRICT, ...ANY_VERSION },
    },
    { name: 'not whole', text: 'GET / HTTP/1.1\r', knob: {} },
  ])('nowhere in a line that is $name', ({ text, knob }) => {
    const { head } = read(text, knob);
    const { methodAt, methodEnd, targetAt, targetEnd } = head;
    expect([methodAt, methodEnd, targetAt, targetEnd]).toEqual([-1, -1, -1, -1]);
  });
});

describe('with every host that may count, those are', () => {
  const hostsOf = (request: string): string[] => {
    const { head, text } = read(request, { hostField: 'every', whitespace: 'lenient' });
    const { hosts, hostCount } = head;
    return Array.from({ length: hostCount }, (_, i) =>
      text(hosts[2 * i] ?? 0, hosts[2 * i + 1] ?? 0),
    );
  };

  test.each<{ request: string; want: readonly string[] }>([
    { request: `${LINE}${HOST}`, want: ['meydan.tv'] },
    { request: `GET http://a.test/ HTTP/1.1\r\n${HOST}`, want: ['a.test', 'meydan.tv'] },
    { request: `${LINE}Host: a\r\nHost: b\r\n${HOST}`, want: ['a', 'b', 'meydan.tv'] },
    { request: `${LINE}Host:\r\n meydan.tv\r\n\t\r\nX: y\r\n`, want: ['meydan.tv'] },
    { request: `GET http:///a.test/ HTTP/1.1\r\n${HOST}`, want: ['a.test', 'meydan.tv'] },
    { request: `${LINE}X: y\r\n ${HOST}`, want: [] },
    { request: `${LINE}${'Host: a\r\n'.repeat(40)}`, want: Array(16).fill('a') },
  ])('$want', ({ request, want }) => {
    expect(hostsOf(`${request}\r\n`)).toEqual(want);
  });
});

describe('empty lines in front', () => {
  test.each([{ text: '\r\n' }, { text: '\n' }, { text: '\r' }, { text: '\r\n\r' }])(
    '$text may be of a request that is to come',
    ({ text }) => {
      expect(read(text, { leadingBlankLines: true }).head.status).toBe('partial');
      expect(read(text, {}).head.status).toBe('not-http');
    },
  );

  test('are also CRs alone, which nginx and Node skip, unless a line ends with CRLF', () => {
    expect(hostOf(`\r\r\n\r${LINE}${HOST}`, { leadingBlankLines: true })).toBe('meydan.tv');
    const knob: Partial<HttpReading> = { leadingBlankLines: true, endOfLine: 'crlf' };
    expect(hostOf(`\r${LINE}${HOST}`, knob)).toBeUndefined();
  });

  test.each([{ text: '' }, { text: ' \r\nGET / HTTP/1.1\r\n' }])('$text are none', ({ text }) => {
    expect(read(text, { leadingBlankLines: true }).head.status).toBe('not-http');
  });

  test('are no bare LFs where a line ends with CRLF', () => {
    const knob: Partial<HttpReading> = { leadingBlankLines: true, endOfLine: 'crlf' };
    expect(hostOf(`\n${LINE}${HOST}`, knob)).toBeUndefined();
    expect(hostOf(`\r\n${LINE}${HOST}`, knob)).toBe('meydan.tv');
  });
});

test('a head ends only with CRLF where no bare LF ends a line', () => {
  const crlf: Partial<HttpReading> = { endOfLine: 'crlf' };
  expect(read(`${LINE}${HOST}\n`, crlf).head.status).toBe('partial');
  expect(read(`${LINE}${HOST}\r\n`, crlf).head.status).toBe('complete');
  expect(read('GET / HTTP/1.1\n', crlf).head.status).toBe('not-http');
});

test('a blank before a colon hides the length of a body only from those who allow none', () => {
  const text = `${LINE}Content-Length : 7\r\n\r\n`;
  expect(read(text, {}).head.bodyLength).toBe(0);
  expect(read(text, LENIENT).head.bodyLength).toBe(7);
});

describe('whatever the bytes and the reading', () => {
  const fragments = [
    'GET',
    'CONNECT',
    ' ',
    '\t',
    '/',
    'http://a@b/',
    ' HTTP/1.1',
    '\r\n',
    '\n',
    '\r',
    LINE,
    HOST,
    'Host',
    ':',
  ];
  const nearlyHttp = fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...fragments) },
        fc.string({ maxLength: 3 }),
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join(''));
  const anyText = fc.oneof(
    nearlyHttp,
    nearlyHttp.map((text) => LINE + text),
  );

  test('read never throws and points nowhere outside the bytes', () => {
    fc.assert(
      fc.property(anyText, anyHttpReading(), (text, reading) => {
        const { head, at, end } = read(text, reading);
        for (const [from, to] of [
          [head.hostAt, head.hostEnd],
          [head.methodAt, head.methodEnd],
          [head.targetAt, head.targetEnd],
        ] as const) {
          if (from < 0) expect(to).toBe(-1);
          else expect(at <= from && from <= to && to <= end).toBe(true);
        }
        expect(head.headEnd >= 0).toBe(head.status === 'complete');
      }),
      { numRuns: 2000 },
    );
  });

  test('further bytes change no answer but "partial"', () => {
    fc.assert(
      fc.property(anyText, anyText, anyHttpReading(), (first, more, reading) => {
        const whole = ascii(first + more);
        const before = new RequestHead(reading).read(whole, 0, first.length);
        const after = new RequestHead(reading).read(whole, 0, whole.length);
        if (first.length > 0 && before.status !== 'partial') {
          expect(outcome(after)).toEqual(outcome(before));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('a host that shows only with the whole head is the one that the whole head shows', () => {
    fc.assert(
      fc.property(anyText, anyHttpReading(), (text, reading) => {
        const late = read(text, { ...reading, whenHost: 'head' }).head;
        const early = read(text, { ...reading, whenHost: 'line' }).head;
        expect(late.hostAt).toBe(late.status === 'complete' ? early.hostAt : -1);
      }),
      { numRuns: 1000 },
    );
  });
});

function anyHttpReading() {
  return fc.record<HttpReading>({
    methods: fc.constantFrom<HttpReading['methods']>('any', ['GET', 'POST']),
    nameCase: fc.constantFrom('ignored', 'exact'),
    whitespace: fc.constantFrom('strict', 'standard', 'lenient'),
    endOfLine: fc.constantFrom('any', 'crlf'),
    leadingBlankLines: fc.boolean(),
    versions: fc.constantFrom('known', 'http-1', 'any'),
    hostField: fc.constantFrom('first', 'last', 'target'),
    whenHost: fc.constantFrom('line', 'head'),
  });
}

function read(request: string, knobs: Partial<HttpReading>) {
  const { bytes, at, end } = placed(ascii(request));
  const head = new RequestHead({ ...STANDARD_READING, ...knobs }).read(bytes, at, end);
  const text = (from: number, to: number) => Buffer.from(bytes.slice(from, to)).toString('latin1');
  return { head, at, end, text };
}

function hostOf(request: string, knobs: Partial<HttpReading> = {}): string | undefined {
  const { head, text } = read(request, knobs);
  return head.hostAt < 0 ? undefined : text(head.hostAt, head.hostEnd);
}

function outcome(head: RequestHead) {
  const { status, hostAt, hostEnd, headEnd, methodAt, targetAt, targetEnd, bodyLength } = head;
  return { status, hostAt, hostEnd, headEnd, methodAt, targetAt, targetEnd, bodyLength };
}
