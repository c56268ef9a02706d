import { describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.ts';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { censor, type ModelChange, nameRule, RESET } from '../support/censors.ts';
import { ascii, clientHello, concat, httpRequest } from '../support/packets.ts';
import { flight as flightOf, records } from '../support/server-flights.ts';
import { Session } from '../support/session.ts';
import { fateOf } from '../support/verdicts.ts';

const NAME = 'www.blocked.test';
const REQUEST = `GET / HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;
const HIDDEN = `some text\r\n\r\n${REQUEST}`;
const IN_ORDER: ModelChange = { stream: { mode: 'in-order' } };
const STREAMS = ['naive-stream', 'strict'] as const;

function upload(...lines: readonly string[]): string {
  return `PUT / HTTP/1.1\r\nHost: allowed.test\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
}

function chunk(text: string, extension = ''): string {
  return `${text.length.toString(16)}${extension}\r\n${text}\r\n`;
}

function watching(preset: keyof typeof PRESETS): Engine {
  const rules = [nameRule('http.host', 'blocked.test', RESET)];
  const model: Model = { ...PRESETS[preset], tcb: { ...PRESETS[preset].tcb, capacity: 64 } };
  return new Engine({ policy: { model, rules } });
}

/** What becomes of each segment. */
function fates(engine: Engine, ...segments: readonly (string | Uint8Array)[]): string[] {
  const session = new Session(engine).handshake();
  return segments.map((segment) => fateOf(session.send('client', segment)));
}

describe.each(STREAMS)('a request that stands in a body is not taken for one (%s)', (preset) => {
  const head = upload('Transfer-Encoding: chunked');
  test.each<{ name: string; segments: readonly string[] }>([
    { name: 'in a chunk', segments: [head, chunk(HIDDEN)] },
    { name: 'in a chunk, with the head', segments: [head + chunk(HIDDEN)] },
    { name: 'in a later segment of a chunk', segments: [head, 'fff\r\nabc', HIDDEN, REQUEST] },
    { name: 'in the second chunk', segments: [head, chunk('a'), chunk(REQUEST)] },
    { name: 'in a trailer', segments: [head, `${chunk('a')}0\r\n${REQUEST.trim()}\r\n`] },
    { name: 'in an extension', segments: [head, `1;GET / HTTP/1.1\nHost: ${NAME}`] },
    {
      name: 'behind other codings',
      segments: [upload('Transfer-Encoding: gzip, Chunked'), chunk(HIDDEN)],
    },
    {
      name: 'after 100-continue',
      segments: [upload('Expect: 100-continue', 'Transfer-Encoding: chunked'), chunk(REQUEST)],
    },
    {
      name: 'with a length too',
      segments: [upload('Content-Length: 3', 'Transfer-Encoding: chunked'), chunk(REQUEST)],
    },
    {
      name: 'with a length before',
      segments: [upload('Transfer-Encoding: chunked', 'Content-Length: 3'), chunk(REQUEST)],
    },
    { name: 'behind a broken size', segments: [head, `zz\r\n${REQUEST}`, REQUEST] },
    {
      name: 'behind a coding that has no end',
      segments: [upload('Transfer-Encoding: gzip'), REQUEST],
    },
    { name: 'of a length', segments: [upload(`Content-Length: ${HIDDEN.length}`), HIDDEN] },
    {
      name: 'behind a length that is none',
      segments: [upload('Content-Length: +5'), `abcde${REQUEST}`],
    },
    {
      name: 'behind two lengths',
      segments: [upload('Content-Length: 2', 'Content-Length: 5'), `ab${REQUEST}`],
    },
  ])('$name', ({ segments }) => {
    const passed = segments.map(() => 'accept');
    expect(fates(watching(preset), ...segments)).toEqual(passed);
    expect(fates(watching(preset), ...Array.from(segments.join('')))).not.toContain('drop');
  });

  test.each<{ name: string; body: string }>([
    { name: 'the last chunk', body: `${chunk(HIDDEN)}0\r\n\r\n` },
    { name: 'a trailer', body: '0\r\nX: y\r\n\r\n' },
    { name: 'sizes with extensions', body: `${chunk('abc', ';x="y"')}0;z\r\n\r\n` },
    { name: 'bare line feeds', body: '3\nabc\n0\n\n' },
  ])('and the one behind $name is', ({ body }) => {
    for (const cut of [0, 1, 3, body.length - 1, body.length]) {
      const got = fates(watching(preset), head, body.slice(0, cut), body.slice(cut), REQUEST);
      expect([cut, got.at(-1)]).toEqual([cut, 'drop']);
    }
    expect(fates(watching(preset), head + body + REQUEST)).toEqual(['drop']);
  });
});

test('a request behind a chunked body in one packet is read by a box that reads packets', () => {
  const both = `${upload('Transfer-Encoding: chunked')}${chunk('abc')}0\r\n\r\n${REQUEST}`;
  expect(fates(watching('plain'), both)).toEqual(['drop']);
  const hidden = upload('Transfer-Encoding: chunked') + chunk(HIDDEN);
  expect(fates(watching('plain'), hidden)).toEqual(['accept']);
});

describe('behind an answer, a ServerHello is looked for where the body ends:', () => {
  const flight = { observes: 'tls.server-flight', matches: () => true } as const;
  const GET = httpRequest({ host: 'allowed.test' });
  const request = (method: string): Uint8Array => httpRequest({ method, host: 'allowed.test' });
  const OK = 'HTTP/1.1 200 OK\r\n';
  const see = (asked: Uint8Array, answer: string | Uint8Array, change: ModelChange): boolean => {
    const engine = censor([{ name: 'flight', trigger: flight, action: RESET }], change);
    const session = new Session(engine).handshake();
    session.send('client', asked);
    const bytes = typeof answer === 'string' ? ascii(answer) : answer;
    return fateOf(session.send('server', concat(bytes, records(concat(...flightOf()))))) === 'drop';
  };
  test.each<{ name: string; asked: Uint8Array; answer: string; want: boolean }>([
    { name: 'a tunnel', asked: request('CONNECT'), answer: `${OK}\r\n`, want: true },
    {
      name: 'a tunnel whose answer has a length',
      asked: request('CONNECT'),
      answer: `${OK}Content-Length: 9\r\n\r\n`,
      want: true,
    },
    {
      name: 'no tunnel',
      asked: request('CONNECT'),
      answer: 'HTTP/1.1 403 No\r\nContent-Length: 900\r\n\r\n',
      want: false,
    },
    {
      name: 'a body of a length',
      asked: GET,
      answer: `${OK}Content-Length: 2\r\n\r\nok`,
      want: true,
    },
    {
      name: 'within a body of a length',
      asked: GET,
      answer: `${OK}Content-Length: 9000\r\n\r\n`,
      want: false,
    },
    {
      name: 'a chunked body',
      asked: GET,
      answer: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
      want: true,
    },
    {
      name: 'within a chunk',
      asked: GET,
      answer: `${OK}Transfer-Encoding: chunked\r\n\r\nfff\r\n`,
      want: false,
    },
    { name: 'within a body that ends by close', asked: GET, answer: `${OK}\r\n`, want: false },
    {
      name: 'an answer to HEAD',
      asked: request('HEAD'),
      answer: `${OK}Content-Length: 900\r\n\r\n`,
      want: true,
    },
    {
      name: 'an answer to the second of two',
      asked: concat(request('HEAD'), GET),
      answer: `${OK}Content-Length: 900\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      want: true,
    },
    {
      name: 'an interim answer to HEAD',
      asked: request('HEAD'),
      answer: `HTTP/1.1 100 Go on\r\n\r\n${OK}Content-Length: 900\r\n\r\n`,
      want: true,
    },
    {
      name: '304',
      asked: GET,
      answer: 'HTTP/1.1 304 Same\r\nContent-Length: 900\r\n\r\n',
      want: true,
    },
    { name: '204', asked: GET, answer: 'HTTP/1.1 204 Nothing\r\n\r\n', want: true },
    {
      name: 'an upgrade',
      asked: GET,
      answer: 'HTTP/1.1 101 Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n',
      want: true,
    },
  ])('$name: $want', ({ asked, answer, want }) => {
    expect(see(asked, answer, IN_ORDER)).toBe(want);
  });
});

test('a ClientHello behind an upgrade or in a tunnel is read, whatever rules there are', () => {
  const hello = clientHello({ sni: NAME });
  const rules = [nameRule('tls.sni', 'blocked.test', RESET)];
  const heads = [
    'CONNECT other.test:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n',
    'OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n',
  ];
  for (const head of heads) {
    for (const model of Object.values(PRESETS)) {
      const isFirstAlone = model.stream.mode === 'first-payload';
      const small = { ...model, tcb: { ...model.tcb, capacity: 64 } };
      const got = fates(new Engine({ policy: { model: small, rules } }), head, hello);
      expect(got).toEqual(['accept', isFirstAlone ? 'accept' : 'drop']);
    }
  }
});
