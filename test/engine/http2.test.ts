import { describe, expect, test } from 'vitest';
import type { Model } from '../../src/policy/model.ts';
import { PRESETS } from '../../src/policy/presets.ts';
import { censor, nameRule } from '../support/censors.ts';
import { Conversation } from '../support/conversation.ts';
import {
  AUTHORITY,
  field,
  frame,
  GET,
  HOST,
  huffman,
  indexed,
  PREFACE,
  plain,
  SETTINGS,
  saidByNode,
} from '../support/http2.ts';
import { observed } from '../support/observing.ts';
import { ascii, concat, hex, httpRequest } from '../support/packets.ts';
import { Session } from '../support/session.ts';

const HEADERS = 1;
const CONTINUATION = 9;
const WHOLE = 5; // END_STREAM, END_HEADERS
const BLOCKED = field(AUTHORITY, huffman('blocked.test'));
const ALLOWED = field(AUTHORITY, huffman('allowed.test'));
const request = (stream: number, ...fields: readonly Uint8Array[]): Uint8Array =>
  frame(HEADERS, WHOLE, stream, GET, ...fields);
const said = (...frames: readonly Uint8Array[]): Uint8Array => concat(PREFACE, SETTINGS, ...frames);

describe('a strict box reads the names of HTTP/2 without TLS', () => {
  test.each([
    { name: 'an authority', bytes: said(request(1, BLOCKED)), want: true },
    { name: 'one that is not listed', bytes: said(request(1, ALLOWED)), want: false },
    {
      name: 'one in letters',
      bytes: said(request(1, field(1, plain('blocked.test')))),
      want: true,
    },
    { name: 'a host', bytes: said(request(1, field(HOST, plain('blocked.test')))), want: true },
    {
      name: 'a host by its name',
      bytes: said(request(1, field('host', plain('blocked.test')))),
      want: true,
    },
    { name: 'behind others', bytes: said(request(1, ALLOWED), request(3, BLOCKED)), want: true },
    {
      name: 'by a number of the table',
      bytes: said(
        request(1, field('x', huffman('blocked.test'), 'remembered')),
        frame(HEADERS, WHOLE, 3, GET, field('y', plain('1'), 'remembered')),
        frame(HEADERS, WHOLE, 5, GET, indexed(63)),
      ),
      want: false,
    },
    {
      name: 'remembered, and used by a later request',
      bytes: said(
        request(1, field(AUTHORITY, huffman('allowed.test'), 'remembered')),
        request(3, field(AUTHORITY, plain('blocked.test'), 'remembered')),
      ),
      want: true,
    },
    {
      name: 'in three frames',
      bytes: said(
        frame(HEADERS, 1, 1, GET, BLOCKED.subarray(0, 2)),
        frame(CONTINUATION, 0, 1, BLOCKED.subarray(2, 5)),
        frame(CONTINUATION, 4, 1, BLOCKED.subarray(5)),
      ),
      want: true,
    },
    {
      name: 'with padding and priority',
      bytes: said(
        frame(HEADERS, WHOLE | 0x28, 1, hex`03 00 00 00 00 10`, GET, BLOCKED, hex`00 00 00`),
      ),
      want: true,
    },
    {
      name: 'behind data',
      bytes: said(
        frame(HEADERS, 4, 1, GET, ALLOWED),
        frame(0, 1, 1, new Uint8Array(5000)),
        request(3, BLOCKED),
      ),
      want: true,
    },
    {
      name: 'behind frames that nobody knows',
      bytes: said(frame(0xbe, 0xff, 7, new Uint8Array(300)), request(1, BLOCKED)),
      want: true,
    },
    {
      name: 'behind an upgrade of HTTP/1.1',
      bytes: concat(
        httpRequest({ host: 'allowed.test', after: ['Connection: Upgrade', 'Upgrade: h2c'] }),
        said(request(1, BLOCKED)),
      ),
      want: true,
    },
    {
      name: 'not in the data of a request',
      bytes: said(frame(HEADERS, 4, 1, GET, ALLOWED), frame(0, 1, 1, request(3, BLOCKED))),
      want: false,
    },
    {
      name: 'not behind a frame between the parts of a head, for which servers end the connection',
      bytes: said(frame(HEADERS, 1, 1, GET), SETTINGS, frame(CONTINUATION, 4, 1, BLOCKED)),
      want: false,
    },
    {
      name: 'not behind a frame that is too long',
      bytes: said(frame(0, 0, 1, new Uint8Array(16_385)), request(1, BLOCKED)),
      want: false,
    },
    {
      name: 'not behind a header block that cannot be read',
      bytes: said(frame(HEADERS, WHOLE, 1, hex`80`), request(3, BLOCKED)),
      want: false,
    },
  ])('$name', ({ bytes, want }) => {
    for (const size of [1400, 7, 1]) expect(isBlocked(bytes, size)).toBe(want);
  });

  test('as Node says them, with a table that grows', async () => {
    const names = ['one.test', 'two.test', 'one.test', 'blocked.test', 'blocked.test'];
    const bytes = await saidByNode(names.map((name) => ({ ':authority': name, 'x-of': name })));
    const { frames } = new Conversation().handshake().client(bytes, { size: 50 });
    const [flow] = observed(...frames);
    expect(flow?.hosts.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
      names.map((name) => `http.host ${name}`),
    );
    expect(isBlocked(bytes, 1400)).toBe(true);
    expect(isBlocked(bytes, 3)).toBe(true);
  });
});

test('a segment that was dropped is read again when it comes again, with the table as it was', () => {
  const first = request(1, field(AUTHORITY, plain('blocked.test'), 'remembered'));
  const second = request(3, indexed(62));
  const session = new Session(newEngine('drop')).handshake();
  session.send('client', said());
  const offset = said().length;
  for (const bytes of [first, first, concat(first, second)]) {
    expect(session.send('client', bytes, { offset }).kind).not.toBe('accept');
  }
});

test('a box that does not read HTTP/2 sees no name in it', () => {
  const bytes = said(request(1, BLOCKED));
  for (const name of ['plain', 'naive-stream', 'first-payload'] as const) {
    const engine = newEngine('drop', PRESETS[name]);
    expect(new Session(engine).handshake().send('client', bytes).kind).toBe('accept');
  }
});

test('a request whose method begins like the preface is a request', () => {
  const bytes = ascii('PROPFIND / HTTP/1.1\r\nHost: blocked.test\r\n\r\n');
  for (const size of [1400, 1]) expect(isBlocked(bytes, size)).toBe(true);
});

function newEngine(action: 'drop', model: Model = PRESETS.strict) {
  return censor([nameRule('http.host', 'blocked.test', { do: action })], model);
}

function isBlocked(bytes: Uint8Array, size: number): boolean {
  const session = new Session(newEngine('drop')).handshake();
  for (let at = 0; at < bytes.length; at += size) {
    if (session.send('client', bytes.slice(at, at + size)).kind !== 'accept') return true;
  }
  return false;
}
